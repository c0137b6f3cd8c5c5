// SpareSegments: the zero-filled or recycled files that wait to become segments, so that a commit
// overwrites blocks that the file system has already given out. Owned by FileJournal, on its
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "storage/segment.h"

namespace muster::storage {

class SpareSegments {
 public:
  SpareSegments(FileSystem& files, std::string directory, uint64_t segment_bytes)
      : files_(files), directory_(std::move(directory)), segment_bytes_(segment_bytes) {}

  // Takes over the spares among `names`; those of a wrong size, half made or of another
  // configuration, are removed.
  StorageResult<Unit> adopt(const std::vector<std::string>& names);

  // Makes spares until there are `count`. kNoSpace: fewer there are, and nothing else is wrong.
  StorageResult<Unit> fill(size_t count);

  // Turns a spare (or, there being none, a new file) into the segment `name`; name and size are
  // durable when it succeeds. kNoSpace: nothing has changed. Any other error: what the directory
  // holds is unknown.
  StorageResult<std::unique_ptr<File>> begin(const SegmentName& name);

  // Turns a segment into a spare, or removes it when there are `enough` or its size is another one.
  // Durable when it succeeds, so that segments go in order. kNoSpace: nothing has changed.
  StorageResult<Unit> recycle(const SegmentName& segment, size_t enough);

  size_t count() const { return numbers_.size(); }

 private:
  StorageResult<Unit> make();
  StorageResult<Unit> write_spare(const std::string& path);
  StorageResult<uint64_t> size_of(const std::string& path);
  std::string path_of(std::string_view name) const;

  FileSystem& files_;
  std::string directory_;
  uint64_t segment_bytes_;
  std::vector<uint64_t> numbers_;
  uint64_t last_number_ = 0;
};

}  // namespace muster::storage
