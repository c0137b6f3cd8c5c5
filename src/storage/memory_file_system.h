// MemoryFileSystem: a disk in memory that can be told to fail, to be full and to lose power. For
// tests and the simulator. Every call of FileSystem and File, failed ones too, is counted from 1; a
// fault strikes the call of a given number, once or from then on.
//
// After a power cut what had been synced is there, names of files only if their directory was
// synced; what had not been is gone, or (crash_keeping_some) there in part: any subset of the
// 512-byte sectors written and of the changes to directories, chosen by a seed. Handles from before
// are dead.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/file_system.h"

namespace muster::storage {

enum class Fault : uint8_t {
  kIo,       // the call fails; a write has put down the first half of its bytes
  kNoSpace,  // a call that needs room fails with ENOSPC and changes nothing; others are spared
  kShort,    // a write puts down half of its bytes and says so; others are spared
};

class MemoryFileSystem final : public FileSystem {
 public:
  StorageResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  StorageResult<Unit> rename(const std::string& from, const std::string& to) override;
  StorageResult<Unit> remove(const std::string& path) override;
  StorageResult<std::vector<std::string>> list(const std::string& directory) override;
  StorageResult<Unit> make_directory(const std::string& path) override;
  StorageResult<Unit> sync_directory(const std::string& path) override;
  StorageResult<uint64_t> free_space(const std::string& path) override;
  StorageResult<std::unique_ptr<FileLock>> lock(const std::string& path) override;

  uint64_t calls() const { return calls_; }
  void fail_at(uint64_t call, Fault fault, bool from_then_on);
  void clear_faults() { plan_.reset(); }
  void set_capacity(uint64_t bytes) { capacity_ = bytes; }

  void crash();
  void crash_keeping_some(uint64_t seed);

  // The bytes of a file behind everybody's back: to look at, or to damage. Null: no such file.
  std::string* bytes_of(const std::string& path);

 private:
  friend class MemoryFile;
  friend class MemoryLock;

  struct Range {
    uint64_t offset;
    uint64_t size;
  };
  struct Node {
    bool directory = false;
    std::string live;
    std::string synced;
    std::vector<Range> unsynced;  // written since the last sync
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  // A change to a directory that its next sync makes durable. No node: `to` was removed. A rename
  // has both names and happens as a whole or not at all.
  struct Change {
    std::string from;
    std::string to;
    std::shared_ptr<Node> node;
  };
  struct Plan {
    uint64_t at_call;
    Fault fault;
    bool from_then_on;
  };
  enum class CallKind : uint8_t { kOther, kNeedsRoom, kWrite };

  // Counts the call; the fault that strikes it, if any.
  std::optional<Fault> count(CallKind kind);
  bool exists(const std::string& path, bool directory) const;
  void change(Change change);
  static void apply(const Change& change, Names* names);
  static void sync_node(Node* node);
  void power_cut();
  uint64_t used() const;

  Names names_;
  Names durable_;
  std::vector<Change> changes_;
  std::set<std::string> locks_;
  uint64_t calls_ = 0;
  uint64_t epoch_ = 0;  // power cuts so far: handles of earlier ones are dead
  uint64_t capacity_ = uint64_t{1} << 40;
  std::optional<Plan> plan_;
};

}  // namespace muster::storage
