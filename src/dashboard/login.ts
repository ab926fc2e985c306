// Asks for the admin token, where weir wants one. It is traded for a cookie and not kept.
import { log_in, log_out, Refused } from './api';
import { by_id, set_text } from './dom';

const loopback = /^(localhost|127\..*|\[::1\])$/;

export class Login {
  private panel = by_id('login');
  private field = by_id<HTMLInputElement>('token');
  private message = by_id('login-message');
  private leave = by_id<HTMLButtonElement>('log-out');

  constructor(private on_done: () => void) {
    by_id<HTMLFormElement>('login-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.submit();
    });
    this.leave.addEventListener('click', () => void this.log_out());
  }

  show(): void {
    if (!this.panel.hidden) return;
    this.panel.hidden = false;
    this.leave.hidden = true;
    this.field.focus();
  }

  hide(): void {
    // A page cannot see its session. Who had to log in has one, and whoever is not on the machine.
    if (!this.panel.hidden || !loopback.test(location.hostname)) this.leave.hidden = false;
    this.panel.hidden = true;
  }

  private async submit(): Promise<void> {
    set_text(this.message, 'asking …');
    try {
      await log_in(this.field.value.trim());
      this.field.value = '';
      set_text(this.message, '');
      this.on_done();
    } catch (error) {
      const refused = error instanceof Refused;
      set_text(this.message, refused ? error.message : 'weir does not answer; try again.');
      this.field.select();
    }
  }

  private async log_out(): Promise<void> {
    try {
      await log_out();
    } finally {
      location.reload();
    }
  }
}
