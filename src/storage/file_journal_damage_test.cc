// Small journals, damaged at every place in every way: each bit flipped, each file cut short at
// each byte, each record torn at each byte. For every one the test says which must happen:
// *refused* (and the file named), *cut* (what was before is read, the record and what is behind it
// gone) or nothing at all (no byte of a record was hit). What is read is always a prefix of what
// was appended.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/file_journal.h"
#include "storage/memory_file_system.h"

namespace muster::storage {
namespace {

constexpr FileJournalOptions kSmall = {.segment_bytes = 8 * limits::kKiB, .spare_segments = 1};
constexpr char kDirectory[] = "/journal";
constexpr size_t kHeader = 64;

// A record as the test saw it being written; nothing of this was read back from the disk.
struct Written {
  std::string file;
  size_t offset = 0;
  size_t size = 0;         // header and events
  size_t event_count = 0;  // 0: a seal
  // Something was written behind it when it was known to be durable: damage to it is never a torn
  // tail.
  bool proven = false;
};

struct Found {
  bool refused = false;
  std::string why;
  std::vector<std::string> events;  // of each record read
};

// A journal in memory, and the test's own account of where its records are.
class Specimen {
 public:
  Specimen() {
    EXPECT_TRUE(disk_.make_directory(kDirectory).ok());
    reopen();
    // Fills segments and gives them back, so that the ones to come are full of stale records.
    for (int i = 0; i < 12; ++i) append("stale " + std::to_string(i));
    EXPECT_TRUE(journal_->trim(Sequence(12)).ok());
    reopen();
    written_.clear();
    appended_.clear();
    unproven_ = 0;
    append("first");
    EXPECT_TRUE(journal_->trim(Sequence(12)).ok());
    refresh_files();
  }

  void reopen() {
    journal_.reset();
    StorageResult<std::unique_ptr<FileJournal>> opened =
        FileJournal::open(disk_, kDirectory, kSmall);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    journal_ = std::move(*opened);
  }

  void append(const std::string& events, bool sync = true) {
    note(kHeader + events.size(), 1,
         [&] { return journal_->append({journal_->end(), 1, events}, sync); });
    appended_.push_back(events);
    if (sync) unproven_ = written_.size();
  }
  void seal() {
    note(kHeader, 0, [&] { return journal_->seal(); });
    for (Written& record : written_) record.proven = &record != &written_.back();
    unproven_ = written_.size();
  }

  // Opens the journal as it is on disk now and reads it.
  Found look() {
    Found found;
    StorageResult<std::unique_ptr<FileJournal>> opened =
        FileJournal::open(disk_, kDirectory, kSmall);
    StorageResult<Unit> read = Unit{};
    if (opened.ok()) {
      read = (*opened)->read_from(Sequence(13), [&](const JournalRecord& record) {
        found.events.emplace_back(record.events);
        return StorageResult<Unit>(Unit{});
      });
    }
    found.refused = !opened.ok() || !read.ok();
    if (found.refused) found.why = opened.ok() ? read.error().message : opened.error().message;
    return found;
  }

  MemoryFileSystem& disk() { return disk_; }
  const std::vector<Written>& written() const { return written_; }
  const std::vector<std::string>& files() const { return files_; }
  size_t record_count() const { return appended_.size(); }

  // Which record has a byte here: its index, or none.
  std::optional<size_t> record_at(const std::string& file, size_t offset) const {
    for (size_t i = 0; i < written_.size(); ++i) {
      const Written& record = written_[i];
      if (record.file == file && offset >= record.offset && offset < record.offset + record.size) {
        return i;
      }
    }
    return std::nullopt;
  }

  // What must be found when record `hit` is not what it was; none: no record was.
  std::string judge(std::optional<size_t> hit, const Found& found) const {
    if (!hit || !written_[*hit].proven) {
      if (found.refused) return "refused: " + found.why;
      return found.events == events_before(hit.value_or(written_.size())) ? "" : "wrong events";
    }
    if (!found.refused) return "not refused";
    if (found.why.find(written_[*hit].file) == std::string::npos &&
        found.why.find("does not follow") == std::string::npos) {
      return "not named: " + found.why;
    }
    return "";
  }

 private:
  template <class Write>
  void note(size_t size, size_t event_count, Write&& write) {
    const std::vector<std::string> before = segment_files();
    ASSERT_NE(write().kind, AppendOutcome::Kind::kEnded);
    const std::vector<std::string> after = segment_files();
    const bool switched = after.back() != before.back();
    // Everything before a new segment is durable, and so is what was synced before this was
    // written.
    const size_t known = switched ? written_.size() : unproven_;
    for (size_t i = 0; i < known; ++i) written_[i].proven = true;
    if (switched) next_offset_ = 0;
    written_.push_back({after.back(), next_offset_, size, event_count, false});
    next_offset_ += (size + 4095) / 4096 * 4096;
    refresh_files();
  }

  std::vector<std::string> events_before(size_t record) const {
    std::vector<std::string> events;
    size_t next = 0;
    for (size_t i = 0; i < record; ++i) {
      if (written_[i].event_count > 0) events.push_back(appended_[next++]);
    }
    return events;
  }

  std::vector<std::string> segment_files() {
    std::vector<std::string> found;
    const StorageResult<std::vector<std::string>> names = disk_.list(kDirectory);
    EXPECT_TRUE(names.ok());
    for (const std::string& name : *names) {
      if (name.starts_with("segment")) found.push_back(std::string(kDirectory) + "/" + name);
    }
    if (found.empty()) found.push_back("none");
    return found;
  }

  void refresh_files() { files_ = segment_files(); }

  MemoryFileSystem disk_;
  std::unique_ptr<FileJournal> journal_;
  std::vector<Written> written_;
  std::vector<std::string> appended_;
  std::vector<std::string> files_;
  size_t unproven_ = 0;  // records before this one have been synced
  size_t next_offset_ = 0;
};

// Every kind of ending.
enum class Ending : uint8_t {
  kSealed,
  kSealBetween,
  kUnsealed,
  kUnsynced,
  kFullSegment,
  kAfterReopen
};

void append_ending(Ending ending, Specimen* specimen) {
  for (int i = 0; i < 3; ++i) specimen->append("event " + std::to_string(i));
  specimen->seal();
  specimen->append("behind a seal");
  switch (ending) {
    case Ending::kSealed:
      specimen->append("last, with its seal in the same segment");
      specimen->seal();
      break;
    case Ending::kSealBetween:
      specimen->append("last of a segment but for its seal");
      specimen->seal();
      specimen->append("goes on in the next");
      break;
    case Ending::kUnsealed:
      specimen->append("last");
      break;
    case Ending::kUnsynced:
      specimen->append("synced, first in its segment");
      specimen->append("not synced", false);
      break;
    case Ending::kFullSegment:
      specimen->append(std::string(8 * limits::kKiB - kHeader, 'f'));
      break;
    case Ending::kAfterReopen:
      specimen->reopen();
      specimen->append("a", false);
      specimen->append("b", false);
      break;
  }
}

class FileJournalDamage : public testing::TestWithParam<Ending> {
 protected:
  FileJournalDamage() { append_ending(GetParam(), &specimen_); }

  std::string& bytes_of(const std::string& file) { return *specimen_.disk().bytes_of(file); }

  static std::vector<int> bits_to_flip(size_t offset);

  // Looks, and compares with what must be found after damage to the byte at `offset`.
  void expect(const std::string& file, size_t offset, std::string_view how) {
    const std::string wrong = specimen_.judge(specimen_.record_at(file, offset), specimen_.look());
    ASSERT_EQ(wrong, "") << file << " at " << offset << ", " << how;
  }

  Specimen specimen_;
};

TEST_P(FileJournalDamage, IsWholeWithoutAny) {
  const Found found = specimen_.look();
  EXPECT_FALSE(found.refused) << found.why;
  EXPECT_EQ(found.events.size(), specimen_.record_count());
  EXPECT_GE(specimen_.files().size(), 4U);
}

#ifdef __has_feature
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

// Every bit. Under a sanitizer, for its slowness, every bit only of where the small records are,
// live and stale; of the zeros, the rest of the one long record and the stale text behind them one
// bit of each byte, another one in each ending.
std::vector<int> FileJournalDamage::bits_to_flip(size_t offset) {
  if (!kSanitized || offset % 4096 < 128) return {0, 1, 2, 3, 4, 5, 6, 7};
  return {static_cast<int>((offset + static_cast<size_t>(GetParam())) % 8)};
}

TEST_P(FileJournalDamage, EveryBitFlipped) {
  for (const std::string& file : specimen_.files()) {
    std::string& bytes = bytes_of(file);
    for (size_t offset = 0; offset < bytes.size(); ++offset) {
      for (const int bit : bits_to_flip(offset)) {
        bytes[offset] = static_cast<char>(bytes[offset] ^ (1 << bit));
        ASSERT_NO_FATAL_FAILURE(expect(file, offset, "flipped"));
        bytes[offset] = static_cast<char>(bytes[offset] ^ (1 << bit));
      }
    }
  }
}

// A segment never gets shorter by itself: no power cut does this.
TEST_P(FileJournalDamage, EveryFileCutShortAtEveryByte) {
  for (const std::string& file : specimen_.files()) {
    const std::string whole = bytes_of(file);
    for (size_t size = 0; size < whole.size(); ++size) {
      bytes_of(file).resize(size);
      const Found found = specimen_.look();
      ASSERT_TRUE(found.refused) << file << " cut to " << size;
      ASSERT_NE(found.why.find(file), std::string::npos) << found.why;
      bytes_of(file) = whole;
    }
  }
}

TEST_P(FileJournalDamage, EveryRecordTornAtEveryByte) {
  for (const Written& record : specimen_.written()) {
    std::string& bytes = bytes_of(record.file);
    const std::string whole = bytes;
    for (const char filler : {'\0', '\xFF', 'x'}) {
      for (size_t from = 0; from < record.size; ++from) {
        const size_t left = record.size - from;
        bytes.replace(record.offset + from, left, left, filler);
        if (bytes != whole) {
          ASSERT_NO_FATAL_FAILURE(expect(record.file, record.offset, "torn"));
        }
        bytes = whole;
      }
    }
  }
}

// The whole record is replaced by the one before it, or the one behind it: as a lost or misplaced
// write would leave it.
TEST_P(FileJournalDamage, EveryRecordReplacedByAnother) {
  for (const Written& record : specimen_.written()) {
    for (const Written& other : specimen_.written()) {
      if (other.offset == record.offset && other.file == record.file) continue;
      std::string& bytes = bytes_of(record.file);
      const std::string whole = bytes;
      bytes.replace(record.offset, 4096, bytes_of(other.file).substr(other.offset, 4096));
      const Found found = specimen_.look();
      // A whole record that does not belong there is no torn tail, wherever it stands.
      if (record.proven || record.file == other.file) {
        ASSERT_TRUE(found.refused) << record.file << " at " << record.offset;
      }
      ASSERT_LE(found.events.size(), specimen_.record_count());
      bytes = whole;
    }
  }
}

TEST_P(FileJournalDamage, EverySegmentMissing) {
  const std::vector<std::string> files = specimen_.files();
  for (size_t i = 0; i < files.size(); ++i) {
    ASSERT_TRUE(specimen_.disk().rename(files[i], "/journal/away").ok());
    const Found found = specimen_.look();
    // The oldest could have been trimmed, the newest never begun: the store knows better.
    if (i > 0 && i + 1 < files.size()) {
      ASSERT_TRUE(found.refused) << files[i];
    }
    ASSERT_TRUE(specimen_.disk().rename("/journal/away", files[i]).ok());
  }
}

std::string ending_name(const testing::TestParamInfo<Ending>& info) {
  constexpr const char* kNames[] = {"Sealed",   "SealBetween", "Unsealed",
                                    "Unsynced", "FullSegment", "AfterReopen"};
  return kNames[static_cast<size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Endings, FileJournalDamage,
                         testing::Values(Ending::kSealed, Ending::kSealBetween, Ending::kUnsealed,
                                         Ending::kUnsynced, Ending::kFullSegment,
                                         Ending::kAfterReopen),
                         ending_name);

}  // namespace
}  // namespace muster::storage
