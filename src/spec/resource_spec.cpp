#include "weir/resource.hpp"

namespace weir {

std::vector<OptionSpec> with_pool_options(std::vector<OptionSpec> options) {
  const std::vector<OptionSpec> common{
      {.name = "acquire_timeout",
       .type = OptionType::duration,
       .doc = "How long a packet may wait for a free one before that counts as a failure.",
       .default_value = "30s",
       .min = 0.001,
       .max = 86400},
      {.name = "idle_timeout",
       .type = OptionType::duration,
       .doc = "One beyond `min` that nobody has wanted for so long is closed; 0: none is.",
       .default_value = "10m",
       .min = 0},
      {.name = "max_lifetime",
       .type = OptionType::duration,
       .doc = "One of this age is closed when it is free, each up to a tenth earlier; 0: none is.",
       .default_value = "30m",
       .min = 0},
      {.name = "check_after",
       .type = OptionType::duration,
       .doc = "One that was idle for longer is checked before it is lent.",
       .default_value = "500ms",
       .min = 0},
      {.name = "leak_after",
       .type = OptionType::duration,
       .doc = "One that is held for longer is reported, with the process that holds it; 0: none "
              "is.",
       .default_value = "5m",
       .min = 0},
      {.name = "shrink_after",
       .type = OptionType::duration,
       .doc = "How long the pool keeps the size that a load needed after the load has gone.",
       .default_value = "30s",
       .min = 0.1},
      {.name = "creations",
       .type = OptionType::integer,
       .doc = "How many may be made at the same time.",
       .default_value = "4",
       .min = 1,
       .max = 1000},
  };
  options.insert(options.end(), common.begin(), common.end());
  return options;
}

}  // namespace weir
