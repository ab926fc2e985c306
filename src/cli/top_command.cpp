#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <limits>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "cli/commands.hpp"
#include "cli/feed.hpp"
#include "cli/top_table.hpp"
#include "os/signals.hpp"
#include "os/terminal.hpp"

namespace weir::cli {

namespace {

constexpr std::string_view events = "/api/v1/events";

/// What the feed's thread has for the one that draws.
class Inbox {
 public:
  struct News {
    std::optional<std::string> message;
    std::string trouble;
    bool ended = false;
    std::optional<std::string> failure;
  };

  explicit Inbox(os::SignalQueue& signals) : signals_(signals) {}

  FeedListener listener() {
    return {.on_message =
                [this](std::string_view message) {
                  change([&](News& news) { news.message = message; });
                  return true;
                },
            .on_lost =
                [this](std::string_view why, Duration) {
                  change([&](News& news) { news.trouble = fmt::format("{}; trying again", why); });
                },
            .on_back = [this] { change([](News& news) { news.trouble.clear(); }); },
            .on_end =
                [this](std::optional<std::string> failure) {
                  change([&](News& news) {
                    news.ended = true;
                    news.failure = std::move(failure);
                  });
                }};
  }

  /// What is new; the message is told once.
  News take() {
    const std::lock_guard lock(mutex_);
    News news = news_;
    news_.message.reset();
    return news;
  }

 private:
  template <class Change>
  void change(const Change& change) {
    {
      const std::lock_guard lock(mutex_);
      change(news_);
    }
    signals_.wake();
  }

  os::SignalQueue& signals_;
  std::mutex mutex_;
  News news_;
};

/// The table, and what keys do to it.
class Screen {
 public:
  explicit Screen(os::Terminal& terminal) : terminal_(terminal) {
    look_.styled = os::wants_colour();
  }

  /// False to quit.
  bool press(std::string_view keys) {
    while (!keys.empty()) {
      // Arrows come as ESC [ C, or ESC O C.
      const bool arrow =
          keys.size() >= 3 && keys[0] == '\x1b' && (keys[1] == '[' || keys[1] == 'O');
      const char key = arrow ? keys[2] : keys[0];
      keys.remove_prefix(arrow ? 3 : 1);
      if (arrow) {
        press_arrow(key);
      } else if (key == 'q' || key == 'Q') {
        return false;
      } else {
        press_letter(key);
      }
    }
    return true;
  }

  void show(TopFigures figures) {
    latest_ = std::move(figures);
    if (!look_.paused) shown_ = latest_;
  }
  void set_trouble(std::string trouble) { look_.trouble = std::move(trouble); }

  void draw() {
    const os::TerminalSize size = os::terminal_size();
    look_.columns = size.columns;
    look_.rows = size.rows;
    terminal_.draw(top_screen(shown_, look_));
  }

 private:
  void press_arrow(char key) {
    switch (key) {
      case 'A': look_.scrolled -= look_.scrolled == 0 ? 0 : 1; break;
      case 'B':
        if (look_.scrolled + 1 < shown_.processes.size()) ++look_.scrolled;
        break;
      case 'C': sort_by_next(1); break;
      case 'D': sort_by_next(top_columns - 1); break;
      default: break;
    }
  }

  void press_letter(char key) {
    switch (key) {
      case 's': sort_by_next(1); break;
      case 'S': sort_by_next(top_columns - 1); break;
      case 'r': look_.reverse = !look_.reverse; break;
      case 'p':
        look_.paused = !look_.paused;
        if (!look_.paused) shown_ = latest_;
        break;
      case '?':
      case 'h': look_.help = !look_.help; break;
      default: break;
    }
  }

  void sort_by_next(unsigned step) {
    look_.sort = static_cast<TopColumn>((static_cast<unsigned>(look_.sort) + step) % top_columns);
  }

  os::Terminal& terminal_;
  TopLook look_;
  TopFigures latest_;
  TopFigures shown_;
};

/// Ctrl-Z: gives the terminal back, stops, and goes on when the shell says so.
void suspend(os::Terminal& terminal) {
  terminal.leave();
  ::raise(SIGSTOP);
  terminal.enter();
}

/// What went wrong, if anything did.
std::optional<std::string> live(Client& client, os::SignalQueue& signals) {
  constexpr Duration patience = std::chrono::hours(1);
  Inbox inbox(signals);
  TopReader reader;
  // Not before there is something to show, so that what goes wrong at once is said on the terminal
  // as it is.
  std::optional<os::Terminal> terminal;
  std::optional<Screen> screen;
  const Feed feed(
      client, [] { return std::string(events); }, inbox.listener());
  int keyboard = os::is_terminal(STDIN_FILENO) ? STDIN_FILENO : -1;
  for (;;) {
    const std::optional<int> signal = signals.wait(patience, terminal ? keyboard : -1);
    if (signal == SIGTSTP && terminal) {
      suspend(*terminal);
    } else if (signal && *signal != SIGWINCH && *signal != SIGTSTP) {
      return {};
    }
    Inbox::News news = inbox.take();
    if (news.ended) return news.failure;
    if (news.message) {
      if (!terminal) screen.emplace(terminal.emplace());
      screen->show(reader.read(*news.message));
    }
    if (!terminal) continue;
    if (keyboard >= 0) {
      const std::optional<std::string> keys = terminal->read_keys();
      if (keys && !screen->press(*keys)) return {};
    }
    screen->set_trouble(std::move(news.trouble));
    screen->draw();
  }
}

int once(Client& client) {
  TopLook look{.columns = os::is_terminal(STDOUT_FILENO) ? os::terminal_size().columns : 0};
  look.styled = os::is_terminal(STDOUT_FILENO) && os::wants_colour();
  std::string text;
  TopReader reader;
  bool first = true;
  client.follow(events, [&](std::string_view message) {
    const TopFigures figures = reader.read(message);
    text = top_screen(figures, look);
    // Without a report, throughputs come from two messages.
    return std::exchange(first, false) && figures.verdict.empty();
  });
  return print(text);
}

}  // namespace

int top_command(const TopOptions& options) {
  os::ignore_write_signals();
  if (options.once || !os::is_terminal(STDOUT_FILENO)) {
    return with_client("top", options.client, once);
  }
  os::SignalQueue signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP};
  return with_client("top", options.client, [&](Client& client) {
    const std::optional<std::string> failure = live(client, signals);
    if (!failure) return exit_done;
    fmt::print(stderr, "weir top: {}\n", *failure);
    return exit_failed;
  });
}

}  // namespace weir::cli
