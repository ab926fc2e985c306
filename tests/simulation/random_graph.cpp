#include "simulation/random_graph.hpp"

#include <algorithm>
#include <random>

namespace weir::simulation {

graph::Graph random_graph(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto up_to = [&](std::uint64_t most) { return random() % (most + 1); };
  const auto capacity = [&] {
    constexpr std::uint32_t choices[] = {1, 2, 3, 8, 64, 512};
    return choices[up_to(5)];
  };
  Builder build;
  build.graph.name = "random";
  // Loose ends that still need a consumer.
  std::vector<std::pair<std::size_t, unsigned>> open;
  const std::uint64_t sources = 1 + up_to(1);
  for (std::uint64_t i = 0; i < sources; ++i) {
    const std::size_t process = build.add("source" + std::to_string(i), source(),
                                          {{"count", static_cast<std::int64_t>(up_to(300))},
                                           {"per_step", static_cast<std::int64_t>(1 + up_to(20))},
                                           {"base", static_cast<std::int64_t>(i << 32)}});
    open.emplace_back(process, 0);
  }
  const std::uint64_t middle = up_to(9);
  for (std::uint64_t i = 0; i < middle; ++i) {
    const std::string name = "p" + std::to_string(i);
    std::shuffle(open.begin(), open.end(), random);
    const auto take_open = [&] {
      const auto end = open.back();
      open.pop_back();
      return end;
    };
    constexpr const ComponentSpec& (*simple[])() = {pass,    keep_odd, doubler,
                                                    failing, waiting,  taker};
    switch (up_to(8)) {
      case 0: {
        const std::size_t process = build.add(name, fan());
        const auto from = take_open();
        build.connect(from.first, process, capacity(), from.second);
        const auto width = static_cast<unsigned>(1 + up_to(2));
        for (unsigned k = 0; k < width; ++k) open.emplace_back(process, k);
        break;
      }
      case 1: {
        const std::size_t process = build.add(name, join());
        const auto width =
            static_cast<unsigned>(1 + up_to(std::min<std::size_t>(open.size(), 3) - 1));
        for (unsigned k = 0; k < width; ++k) {
          const auto from = take_open();
          build.connect(from.first, process, capacity(), from.second, k);
        }
        open.emplace_back(process, 0);
        break;
      }
      case 2: {
        // Several connections into one port, and several out of one.
        const std::size_t process = build.add(name, pass());
        const std::size_t width = 1 + up_to(std::min<std::size_t>(open.size(), 2) - 1);
        for (std::size_t k = 0; k < width; ++k) {
          const auto from = take_open();
          build.connect(from.first, process, capacity(), from.second);
        }
        open.emplace_back(process, 0);
        open.emplace_back(process, 0);
        break;
      }
      default: {
        const ComponentSpec& spec = simple[up_to(5)]();
        const std::size_t process =
            &spec == &taker()
                ? build.add(name, spec, {{"count", static_cast<std::int64_t>(up_to(200))}})
                : build.add(name, spec);
        const auto from = take_open();
        build.connect(from.first, process, capacity(), from.second);
        open.emplace_back(process, 0);
        if (&spec == &failing() && up_to(1) == 0) {
          const std::size_t rejects = build.add(name + "_errors", sink());
          build.connect(process, rejects, capacity(), 0, 0, 1);
        }
      }
    }
  }
  for (const auto& [process, element] : open) {
    const std::size_t end =
        build.add("sink" + std::to_string(build.graph.processes.size()), sink());
    build.connect(process, end, capacity(), element);
  }
  return build.graph;
}

}  // namespace weir::simulation
