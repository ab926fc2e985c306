#include "weir/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "weir/advice.hpp"
#include "weir/resource.hpp"
#include "weir/setting_value.hpp"

namespace weir {
namespace {

std::vector<std::string_view> option_names(const std::vector<OptionSpec>& options) {
  std::vector<std::string_view> names;
  names.reserve(options.size());
  for (const OptionSpec& option : options) names.push_back(option.name);
  return names;
}

/// Checks one value that was given for one option.
class OptionCheck {
 public:
  OptionCheck(const OptionSpec& option, const Setting& value, Problems& problems)
      : option_(option), value_(value), problems_(problems) {}

  void run() const {
    const bool nothing = value_.kind == Setting::Kind::null && !value_.may_be_text();
    if (nothing && option_.type != OptionType::any) {
      problems_.error(value_.at, fmt::format("option \"{}\" has no value: give it one, or remove "
                                             "the line",
                                             option_.name));
      return;
    }
    switch (option_.type) {
      case OptionType::boolean:
        if (value_.kind != Setting::Kind::boolean) wrong("true or false");
        break;
      case OptionType::integer: check_integer(); break;
      case OptionType::number: check_number(); break;
      case OptionType::text:
        if (!is_text(value_)) wrong("a text");
        break;
      case OptionType::duration: check_duration(); break;
      case OptionType::size: check_size(); break;
      case OptionType::rate: check_rate(); break;
      case OptionType::word: check_word(); break;
      case OptionType::text_list: check_list(); break;
      case OptionType::text_map:
      case OptionType::value_map: check_map(); break;
      case OptionType::resource:
        if (!value_.may_be_text()) wrong("the name of one of the graph's resources");
        break;
      case OptionType::any: check_numbers_in_values(); break;
    }
  }

 private:
  void wrong(std::string_view wanted) const {
    std::string text =
        fmt::format("option \"{}\" must be {}, not {}", option_.name, wanted, shown(value_));
    if (option_.type == OptionType::text && value_.is_scalar()) {
      text += in_quotes(value_);
    } else if (value_.quoted && Setting::plain(value_.text).kind != Setting::Kind::text) {
      text += "; remove the quotes";
    }
    problems_.error(value_.at, std::move(text));
  }

  // What a secret is may be said, not its characters.
  std::string shown(const Setting& value) const {
    return option_.secret ? std::string(describe_kind(value)) : describe(value);
  }

  std::string characters() const { return option_.secret ? "this secret" : quote(value_.text); }

  std::string in_quotes(const Setting& value) const {
    return option_.secret ? "; put it in quotes"
                          : fmt::format("; put it in quotes: \"{}\"", value.text);
  }

  void check_numbers_in_values() const {
    Problems found;
    check_values(value_, found);
    for (const Problem& problem : found.list()) {
      problems_.error(problem.at, option_.secret
                                      ? fmt::format("option \"{}\": a number in this secret "
                                                    "is beyond all numbers",
                                                    option_.name)
                                      : problem.text);
    }
  }

  void check_number() const {
    // From the environment, 1e6 is a text until somebody wants a number.
    const Setting number =
        value_.substituted && value_.is_scalar() ? Setting::plain(value_.text) : value_;
    if (number.kind != Setting::Kind::integer && number.kind != Setting::Kind::number) {
      wrong("a number");
    } else if (check_range(number.number, number.text) && number.beyond) {
      out_of_range();
    }
  }

  void out_of_range() const {
    problems_.error(value_.at,
                    fmt::format("option \"{}\": {} is out of range", option_.name, characters()));
  }

  bool check_range(double number, std::string_view shown) const {
    const bool low = option_.min && !(number >= *option_.min);
    const bool high = option_.max && !(number <= *option_.max);
    if (low || high) {
      problems_.error(value_.at,
                      fmt::format("option \"{}\" must be at {} {}, not {}", option_.name,
                                  low ? "least" : "most",
                                  format_bound(option_.type, low ? *option_.min : *option_.max),
                                  option_.secret ? "this secret" : shown));
    }
    return !low && !high;
  }

  void check_integer() const {
    if (value_.kind == Setting::Kind::integer) {
      check_range(value_.number, value_.text);
    } else if (value_.kind == Setting::Kind::number &&
               (value_.large != 0 ||
                value_.text.find_first_not_of("+-0123456789") == std::string::npos)) {
      out_of_range();
    } else {
      wrong("a whole number");
    }
  }

  void check_duration() const {
    const auto duration = value_.is_scalar() ? parse_duration(value_.text) : std::nullopt;
    if (!duration) {
      wrong("a duration such as 250ms, 5s or 1h");
    } else {
      check_range(std::chrono::duration<double>(*duration).count(), value_.text);
    }
  }

  void check_size() const {
    const auto size = value_.is_scalar() ? parse_size(value_.text) : std::nullopt;
    if (!size) {
      wrong("a size such as 64KiB, 10MB or a number of bytes");
    } else {
      check_range(static_cast<double>(*size), value_.text);
    }
  }

  void check_rate() const {
    const auto rate = value_.is_scalar() ? parse_rate(value_.text) : std::nullopt;
    if (!rate) {
      wrong("a rate such as 1000/s or 5/m");
    } else {
      check_range(*rate, value_.text);
    }
  }

  void check_word() const {
    if (!value_.is_scalar()) {
      wrong(fmt::format("one of {}", fmt::join(option_.words, ", ")));
      return;
    }
    for (const std::string_view word : option_.words) {
      if (value_.text == word) return;
    }
    // What was meant would tell much of a secret.
    problems_.error(
        value_.at,
        fmt::format("option \"{}\" cannot be {}{}", option_.name, characters(),
                    suggestion(option_.secret ? std::string() : value_.text, option_.words)));
  }

  void check_list() const {
    if (value_.may_be_text()) return;
    if (value_.kind != Setting::Kind::list) {
      wrong("a list of texts");
      return;
    }
    for (const Setting& item : value_.items) require_text(item, "a list of texts");
  }

  void check_map() const {
    const bool texts = option_.type == OptionType::text_map;
    if (value_.kind != Setting::Kind::map) {
      wrong(texts ? "a map of texts, such as {name: text}"
                  : "a map of values, such as {name: value}");
      return;
    }
    if (!texts) return check_numbers_in_values();
    for (const SettingField& field : value_.fields) require_text(field.value, "a map of texts");
  }

  // A secret that looks like a number would have to be quoted in a message.
  bool is_text(const Setting& item) const {
    return item.may_be_text() || (option_.secret && item.is_scalar());
  }

  void require_text(const Setting& item, std::string_view of) const {
    if (is_text(item)) return;
    std::string text =
        fmt::format("option \"{}\" must be {}, but this is {}", option_.name, of, shown(item));
    if (item.is_scalar()) text += in_quotes(item);
    problems_.error(item.at, std::move(text));
  }

  const OptionSpec& option_;
  const Setting& value_;
  Problems& problems_;
};

}  // namespace

Config::Config(const ComponentSpec& spec, const Setting& given)
    : Config(spec.name, spec.options, spec.check, given) {}

Config::Config(const ResourceSpec& spec, const Setting& given)
    : Config(spec.name, spec.options, spec.check, given) {}

void Config::validate(Problems& problems) const {
  if (given_->kind != Setting::Kind::map && given_->kind != Setting::Kind::null) {
    problems.error(given_->at, fmt::format("config must be a map of options, not {}",
                                           given_->substituted ? std::string(describe_kind(*given_))
                                                               : describe(*given_)));
    return;
  }
  Problems found;
  const std::vector<std::string_view> names = option_names(*options_);
  std::vector<std::string_view> meant;
  for (const SettingField& field : given_->fields) {
    const OptionSpec* option = nullptr;
    for (const OptionSpec& candidate : *options_) {
      if (candidate.name == field.name) option = &candidate;
    }
    if (option == nullptr) {
      meant.push_back(closest(field.name, names));
      found.error(field.at,
                  fmt::format("{} has no option {}{}", name_, quote(field.name),
                              names.empty() ? "; it takes none" : suggestion(field.name, names)));
    } else {
      OptionCheck(*option, field.value, found).run();
    }
  }
  for (const OptionSpec& option : *options_) {
    // A misspelt option is reported once, not as missing too.
    if (option.required && given_->find(option.name) == nullptr &&
        std::find(meant.begin(), meant.end(), option.name) == meant.end()) {
      found.error(given_->at,
                  fmt::format("{} needs the option \"{}\": {}", name_, option.name, option.doc));
    }
  }
  const bool types_hold = !found.has_errors();
  for (const Problem& problem : found.list()) problems.error(problem.at, problem.text);
  if (types_hold && check_ != nullptr) check_(*this, problems);
}

bool Config::has(std::string_view option) const {
  const OptionSpec& spec = spec_of(option);
  return given_->find(option) != nullptr || !spec.default_value.empty();
}

bool Config::boolean(std::string_view option) const {
  return Setting::plain(scalar(option)).boolean;
}

std::int64_t Config::integer(std::string_view option) const {
  return Setting::plain(scalar(option)).integer;
}

double Config::number(std::string_view option) const {
  return Setting::plain(scalar(option)).number;
}

std::string Config::text(std::string_view option) const {
  return scalar(option);
}

Duration Config::duration(std::string_view option) const {
  return parse_duration(scalar(option)).value_or(Duration::zero());
}

std::uint64_t Config::size(std::string_view option) const {
  return parse_size(scalar(option)).value_or(0);
}

double Config::rate(std::string_view option) const {
  return parse_rate(scalar(option)).value_or(0);
}

std::vector<std::string> Config::text_list(std::string_view option) const {
  const Setting* value = setting(option);
  std::vector<std::string> texts;
  if (value != nullptr && value->kind == Setting::Kind::list) {
    for (const Setting& item : value->items) texts.push_back(item.text);
  } else if (has(option)) {
    texts.push_back(scalar(option));
  }
  return texts;
}

std::vector<std::pair<std::string, std::string>> Config::text_map(std::string_view option) const {
  std::vector<std::pair<std::string, std::string>> texts;
  if (const Setting* value = setting(option)) {
    for (const SettingField& field : value->fields)
      texts.emplace_back(field.name, field.value.text);
  }
  return texts;
}

const Setting* Config::setting(std::string_view option) const {
  spec_of(option);
  return given_->find(option);
}

Location Config::at(std::string_view option) const {
  const Setting* value = setting(option);
  return value != nullptr ? value->at : given_->at;
}

const OptionSpec& Config::spec_of(std::string_view option) const {
  for (const OptionSpec& candidate : *options_) {
    if (candidate.name == option) return candidate;
  }
  throw std::logic_error(
      fmt::format("{} asks for the option \"{}\", which its spec does "
                  "not list",
                  name_, option));
}

std::string Config::scalar(std::string_view option) const {
  const OptionSpec& spec = spec_of(option);
  const Setting* value = given_->find(option);
  return value != nullptr ? value->text : std::string(spec.default_value);
}

}  // namespace weir
