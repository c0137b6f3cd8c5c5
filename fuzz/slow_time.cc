#include "fuzz/slow_time.h"

#include <algorithm>
#include <chrono>
#include <regex>
#include <string>

namespace muster::fuzz {

std::optional<int64_t> read_time_slowly(std::string_view text) {
  static const std::regex kShape(
      R"((\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[Zz]|([+-])(\d\d):(\d\d)))");
  constexpr size_t kPoint = 19;  // where the fraction begins, if there is one
  std::string rest(text);
  std::string fraction;
  if (rest.size() > kPoint && rest[kPoint] == '.') {
    const size_t end = std::min(rest.find_first_not_of("0123456789", kPoint + 1), rest.size());
    fraction = rest.substr(kPoint + 1, end - kPoint - 1);
    if (fraction.empty()) return std::nullopt;
    rest.erase(kPoint, end - kPoint);
  }
  constexpr size_t kLongest = 25;
  std::smatch part;
  if (rest.size() > kLongest || !std::regex_match(rest, part, kShape)) return std::nullopt;
  const auto number = [&part](size_t i) { return part[i].matched ? std::stoi(part[i].str()) : 0; };
  namespace chr = std::chrono;
  const chr::year_month_day date{chr::year(number(1)), chr::month(unsigned(number(2))),
                                 chr::day(unsigned(number(3)))};
  if (!date.ok() || number(1) == 0) return std::nullopt;
  if (number(4) > 23 || number(5) > 59 || number(6) > 60) return std::nullopt;
  if (number(8) > 23 || number(9) > 59) return std::nullopt;
  chr::sys_time<chr::milliseconds> time = chr::sys_days(date) + chr::hours(number(4)) +
                                          chr::minutes(number(5)) + chr::seconds(number(6));
  fraction.resize(3, '0');
  time += chr::milliseconds(std::stoi(fraction));
  const auto offset = chr::hours(number(8)) + chr::minutes(number(9));
  time -= part[7] == "-" ? -offset : offset;
  const int64_t ms = time.time_since_epoch().count();
  const auto end = chr::sys_days(chr::year(10'000) / 1 / 1).time_since_epoch();
  if (ms < 0 || time.time_since_epoch() >= end) return std::nullopt;
  return ms;
}

}  // namespace muster::fuzz
