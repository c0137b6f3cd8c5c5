// session: whatever connections send and time does, each request has one answer, and replay agrees
//
// Input: steps, each ended by a byte FF (which UTF-8 never has). The first byte of a step says what
// happens (the bits above the lowest two) to which connection (the lowest two); the others are what
// it says, or how much time passes.
#include "fuzz/bytes_in.h"
#include "fuzz/message_mutator.h"
#include "fuzz/session_world.h"
#include "fuzz/target.h"

namespace muster::fuzz {
namespace {

constexpr char kEndOfStep = '\xFF';
constexpr unsigned kKinds = 12;
constexpr unsigned kTalk = 5;  // kinds below it are a connection saying something

void pass(SessionWorld& world, uint8_t how) {
  constexpr Duration kTimes[] = {Duration::milliseconds(1), Duration::milliseconds(250),
                                 Duration::seconds(3),      Duration::seconds(11),
                                 Duration::seconds(31),     Duration::seconds(61)};
  if (how == 0xFE) return world.jump(Duration::days(3650));
  if (how == 0xFD) return world.jump(Duration::days(-3650));
  world.pass(kTimes[how % std::size(kTimes)]);
}

void begin_anew(SessionWorld& world, uint8_t how) {
  if (how % 3 == 0) world.kill();
  if (how % 3 == 1) world.cut_power();
  if (how % 3 == 2) world.stop();
}

void take_step(SessionWorld& world, std::string_view step) {
  BytesIn in(step);
  const uint8_t head = in.byte();
  const size_t place = head % SessionWorld::kPlaces;
  const unsigned kind = head / SessionWorld::kPlaces % kKinds;
  if (kind + 1 < kTalk) return world.say(place, std::string(in.rest()) + "\n");
  switch (kind) {
    case kTalk - 1:
      return world.say(place, in.rest());
    case 5:
      return world.close(place);
    case 6:
      return world.half_close(place);
    case 7:
      return pass(world, in.byte());
    case 8:
    case 9:
      return world.sync();
    case 10:
      return world.step_background();
    default:
      return begin_anew(world, in.byte());
  }
}

// A step that says something good, or something else that happens.
std::string make_step(MessageMaker& maker) {
  Chance& chance = maker.chance();
  const uint64_t place = chance.below(SessionWorld::kPlaces);
  const bool talk = !chance.one_in(4);
  const uint64_t kind = talk ? chance.below(kTalk) : kTalk + chance.below(kKinds - kTalk);
  std::string step(1, static_cast<char>(kind * SessionWorld::kPlaces + place));
  if (talk) {
    step += maker.message();
  } else {
    step += static_cast<char>(chance.below(8));
  }
  return step + kEndOfStep;
}

}  // namespace

void run_input(std::string_view input) {
  constexpr int kMostSteps = 200;
  SessionWorld world;
  for (int steps = 0; !input.empty() && steps < kMostSteps; ++steps) {
    const size_t end = std::min(input.find(kEndOfStep), input.size());
    take_step(world, input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  world.end();
}

std::vector<std::string_view> planted_bugs() {
  return {"only_one_held_answer_released", "tokenless_not_journaled"};
}

}  // namespace muster::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  using namespace muster::fuzz;
  MessageMaker maker(seed);
  Chance& chance = maker.chance();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t found = input.find(kEndOfStep, chance.below(size + 1));
  const size_t boundary = found == std::string_view::npos ? size : found + 1;
  switch (chance.below(5)) {
    case 0:
    case 1:
      return splice(data, size, most, boundary, make_step(maker));
    case 2:
      return splice(data, size, most, chance.below(size + 1), maker.piece());
    default:
      return LLVMFuzzerMutate(data, size, most);
  }
}
