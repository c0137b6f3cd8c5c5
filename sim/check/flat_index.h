// FlatIndex: 64-bit keys, already well mixed, to 32-bit numbers. Open addressing in one flat array,
// because the checkers look something up several times an event. One thread.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace muster::sim {

class FlatIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  FlatIndex() : cells_(64) {}

  // kNone if there is no such key.
  uint32_t find(uint64_t key) const { return cells_[place(key)].number; }

  // The number of the key, which is there from now on: kNone until the caller sets it (and it
  // must). The reference is valid until the next call.
  uint32_t& at(uint64_t key) {
    uint64_t i = place(key);
    if (cells_[i].number == kNone) {
      if ((used_ + 1) * 2 > cells_.size()) {
        grow();
        i = place(key);
      }
      cells_[i].key = key;
      ++used_;
    }
    return cells_[i].number;
  }

  // What came behind a removed cell moves up, so that no search ends too early.
  void erase(uint64_t key) {
    const uint64_t mask = cells_.size() - 1;
    uint64_t hole = place(key);
    if (cells_[hole].number == kNone) return;
    for (uint64_t i = (hole + 1) & mask; cells_[i].number != kNone; i = (i + 1) & mask) {
      if (((i - cells_[i].key) & mask) < ((i - hole) & mask)) continue;
      cells_[hole] = cells_[i];
      hole = i;
    }
    cells_[hole] = {};
    --used_;
  }

 private:
  struct Cell {
    uint64_t key = 0;
    uint32_t number = kNone;
  };

  uint64_t place(uint64_t key) const {
    const uint64_t mask = cells_.size() - 1;
    uint64_t i = key & mask;
    while (cells_[i].number != kNone && cells_[i].key != key) i = (i + 1) & mask;
    return i;
  }

  void grow() {
    std::vector<Cell> old = std::exchange(cells_, std::vector<Cell>(cells_.size() * 2));
    for (const Cell& cell : old) {
      if (cell.number != kNone) cells_[place(cell.key)] = cell;
    }
  }

  std::vector<Cell> cells_;
  uint64_t used_ = 0;
};

}  // namespace muster::sim
