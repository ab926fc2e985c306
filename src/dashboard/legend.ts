// What the signs of the picture mean.
import { by_id, html } from './dom';
import { level_signs } from './fullness';
import { states } from './model';
import { meanings, symbols } from './states';

export function show_legend(): void {
  by_id('legend').append(
    ...states.map((state) =>
      html(
        'li',
        {},
        html('span', { class: `swatch state-${state}`, 'aria-hidden': 'true' }),
        html('span', {}, `${symbols[state]} ${state}: ${meanings[state]}`),
      ),
    ),
    html('li', {}, `${Object.values(level_signs).join('')} how full a connection is`),
    html('li', {}, '▲ limits the graph'),
    html('li', {}, '⚠ errors'),
    html('li', {}, '▼ packets dropped'),
  );
}
