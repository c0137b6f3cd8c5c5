// The conformance suite of FileSystem, over the machine's and the one in memory.
#include "storage/file_system.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "model/limits.h"
#include "storage/memory_file_system.h"
#include "storage/posix_file_system.h"
#include "storage/temporary_directory.h"

namespace muster::storage {
namespace {

using Strings = std::vector<std::string>;

class InMemory {
 public:
  InMemory() { EXPECT_TRUE(files_.make_directory("/base").ok()); }
  FileSystem& files() { return files_; }
  std::string base() { return "/base"; }

 private:
  MemoryFileSystem files_;
};

class OnDisk {
 public:
  FileSystem& files() { return *files_; }
  std::string base() { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
};

template <class T>
class FileSystemConformance : public testing::Test {
 protected:
  FileSystem& files() { return place_.files(); }
  std::string path(const std::string& name) { return place_.base() + "/" + name; }

  std::unique_ptr<File> open(const std::string& name, OpenMode mode) {
    StorageResult<std::unique_ptr<File>> file = files().open(path(name), mode);
    EXPECT_TRUE(file.ok());
    return file.ok() ? std::move(*file) : nullptr;
  }
  void create(const std::string& name, const std::string& text) {
    const std::unique_ptr<File> file = open(name, OpenMode::kCreate);
    EXPECT_TRUE(write_all(*file, 0, text).ok());
  }
  std::string text_of(File& file, uint64_t offset = 0, size_t size = 1000) {
    std::string text(size, '?');
    const StorageResult<size_t> got = file.read(offset, text.data(), text.size());
    EXPECT_TRUE(got.ok());
    return text.substr(0, *got);
  }
  std::string text_of(const std::string& name) { return text_of(*open(name, OpenMode::kExisting)); }
  Strings names(const std::string& directory) {
    const StorageResult<Strings> found = files().list(directory);
    EXPECT_TRUE(found.ok());
    return *found;
  }

  // An error of the kind, whose message names the path.
  template <class Result>
  void expect_error(const Result& result, StorageErrorKind kind, const std::string& names_path) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, kind);
    EXPECT_NE(result.error().message.find(names_path), std::string::npos) << result.error().message;
  }

  T place_;
};

using Places = testing::Types<InMemory, OnDisk>;
TYPED_TEST_SUITE(FileSystemConformance, Places);

TYPED_TEST(FileSystemConformance, AFileGivesBackWhatWasWritten) {
  const std::unique_ptr<File> file = this->open("f", OpenMode::kCreate);
  EXPECT_EQ(*file->size(), 0U);
  EXPECT_EQ(*file->write(0, "hello"), 5U);
  EXPECT_EQ(*file->write(3, "p!!"), 3U);
  EXPECT_EQ(this->text_of(*file), "help!!");
  EXPECT_EQ(this->text_of(*file, 2, 2), "lp");
  EXPECT_EQ(this->text_of(*file, 4, 9), "!!");
  EXPECT_EQ(this->text_of(*file, 6), "");
  EXPECT_EQ(this->text_of(*file, 99), "");
  EXPECT_EQ(*file->size(), 6U);
  EXPECT_TRUE(file->sync().ok());
}

TYPED_TEST(FileSystemConformance, WritingBehindTheEndFillsWithZeros) {
  const std::unique_ptr<File> file = this->open("f", OpenMode::kCreate);
  EXPECT_TRUE(write_all(*file, 3, "x").ok());
  EXPECT_EQ(this->text_of(*file), std::string("\0\0\0x", 4));
}

TYPED_TEST(FileSystemConformance, TwoHandlesSeeOneFile) {
  const std::unique_ptr<File> one = this->open("f", OpenMode::kCreate);
  const std::unique_ptr<File> two = this->open("f", OpenMode::kExisting);
  EXPECT_TRUE(write_all(*one, 0, "shared").ok());
  EXPECT_EQ(this->text_of(*two), "shared");
}

TYPED_TEST(FileSystemConformance, OpenWantsWhatItSays) {
  this->create("f", "x");
  this->expect_error(this->files().open(this->path("f"), OpenMode::kCreate), StorageErrorKind::kIo,
                     this->path("f"));
  this->expect_error(this->files().open(this->path("g"), OpenMode::kExisting),
                     StorageErrorKind::kIo, this->path("g"));
  this->expect_error(this->files().open(this->path("no/g"), OpenMode::kCreate),
                     StorageErrorKind::kIo, this->path("no/g"));
}

TYPED_TEST(FileSystemConformance, ARenamedFileKeepsItsBytesAndHandles) {
  this->create("a", "from a");
  this->create("b", "from b");
  const std::unique_ptr<File> handle = this->open("a", OpenMode::kExisting);
  EXPECT_TRUE(this->files().rename(this->path("a"), this->path("b")).ok());
  EXPECT_EQ(this->names(this->place_.base()), (Strings{"b"}));
  EXPECT_EQ(this->text_of("b"), "from a");
  EXPECT_TRUE(write_all(*handle, 0, "FROM").ok());
  EXPECT_EQ(this->text_of("b"), "FROM a");
  this->expect_error(this->files().rename(this->path("a"), this->path("c")), StorageErrorKind::kIo,
                     this->path("a"));
}

TYPED_TEST(FileSystemConformance, ARemovedFileIsGone) {
  this->create("a", "text");
  EXPECT_TRUE(this->files().remove(this->path("a")).ok());
  EXPECT_FALSE(this->files().open(this->path("a"), OpenMode::kExisting).ok());
  this->expect_error(this->files().remove(this->path("a")), StorageErrorKind::kIo, this->path("a"));
}

TYPED_TEST(FileSystemConformance, DirectoriesAreMadeListedAndSynced) {
  const std::string inner = this->path("inner");
  EXPECT_TRUE(this->files().make_directory(inner).ok());
  EXPECT_TRUE(this->files().make_directory(inner).ok()) << "it is there already";
  this->create("inner/b", "");
  this->create("inner/a", "");
  EXPECT_EQ(this->names(inner), (Strings{"a", "b"}));
  EXPECT_TRUE(this->files().sync_directory(inner).ok());
  this->create("file", "");
  this->expect_error(this->files().make_directory(this->path("file")), StorageErrorKind::kIo,
                     this->path("file"));
  this->expect_error(this->files().make_directory(this->path("no/inner")), StorageErrorKind::kIo,
                     this->path("no/inner"));
  this->expect_error(this->files().list(this->path("no")), StorageErrorKind::kIo, this->path("no"));
  this->expect_error(this->files().sync_directory(this->path("no")), StorageErrorKind::kIo,
                     this->path("no"));
}

TYPED_TEST(FileSystemConformance, OneHoldsALock) {
  const std::string path = this->path("lock");
  {
    const StorageResult<std::unique_ptr<FileLock>> held = this->files().lock(path);
    ASSERT_TRUE(held.ok());
    this->expect_error(this->files().lock(path), StorageErrorKind::kInUse, path);
  }
  EXPECT_TRUE(this->files().lock(path).ok()) << "it was let go";
  this->expect_error(this->files().lock(this->path("no/lock")), StorageErrorKind::kIo,
                     this->path("no/lock"));
}

TYPED_TEST(FileSystemConformance, SaysHowMuchRoomThereIs) {
  const StorageResult<uint64_t> free = this->files().free_space(this->path("."));
  ASSERT_TRUE(free.ok());
  EXPECT_GT(*free, 0U);
}

TYPED_TEST(FileSystemConformance, WritesZerosOverSeveralCalls) {
  const std::unique_ptr<File> file = this->open("f", OpenMode::kCreate);
  const uint64_t size = limits::kMiB + 17;
  EXPECT_TRUE(write_zeros(*file, size).ok());
  EXPECT_EQ(*file->size(), size);
  EXPECT_EQ(this->text_of(*file, limits::kMiB - 3), std::string(20, '\0'));
}

TEST(FileSystem, ParentDirectory) {
  EXPECT_EQ(parent_directory("/a/b/c"), "/a/b");
  EXPECT_EQ(parent_directory("/a"), "/");
  EXPECT_EQ(parent_directory("a/b"), "a");
  EXPECT_EQ(parent_directory("a"), ".");
}

}  // namespace
}  // namespace muster::storage
