// Actor: somebody in the cast. Lives as long as the world; starts once, and hears when trouble is
// over.
#pragma once

#include <string>

namespace muster::sim {

class Actor {
 public:
  virtual ~Actor() = default;
  virtual void begin() = 0;
  // From now on: nothing new, no lies, no pauses; what was begun is brought to its end.
  virtual void calm_down() {}
  // It still wants to say or hear something about what it began.
  virtual bool restless() const { return false; }
};

}  // namespace muster::sim
