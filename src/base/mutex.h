// Locks that clang checks (-Wthread-safety, an error in its builds): what GUARDED_BY names a mutex
// is touched only while it is held, what REQUIRES one is called only then. With g++ the words mean
// nothing. All of src/ locks with these; std::mutex says nothing to the analysis.
#pragma once

#include <condition_variable>
#include <mutex>
#include <shared_mutex>

#ifdef __clang__
#define MUSTER_CLANG_ATTRIBUTE(attribute) __attribute__((attribute))
#else
#define MUSTER_CLANG_ATTRIBUTE(attribute)
#endif

#define CAPABILITY(name) MUSTER_CLANG_ATTRIBUTE(capability(name))
#define SCOPED_CAPABILITY MUSTER_CLANG_ATTRIBUTE(scoped_lockable)
#define GUARDED_BY(mutex) MUSTER_CLANG_ATTRIBUTE(guarded_by(mutex))
#define REQUIRES(...) MUSTER_CLANG_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define REQUIRES_SHARED(...) MUSTER_CLANG_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))
#define EXCLUDES(...) MUSTER_CLANG_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) MUSTER_CLANG_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define ACQUIRE_SHARED(...) MUSTER_CLANG_ATTRIBUTE(acquire_shared_capability(__VA_ARGS__))
#define RELEASE(...) MUSTER_CLANG_ATTRIBUTE(release_capability(__VA_ARGS__))
#define RELEASE_GENERIC(...) MUSTER_CLANG_ATTRIBUTE(release_generic_capability(__VA_ARGS__))

namespace muster {

class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { inner_.lock(); }
  void unlock() RELEASE() { inner_.unlock(); }

 private:
  friend class Condition;
  std::mutex inner_;
};

// Holds a mutex while it lives, but for what stands between unlock() and lock().
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RELEASE() {
    if (held_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void unlock() RELEASE() {
    mutex_.unlock();
    held_ = false;
  }
  void lock() ACQUIRE() {
    mutex_.lock();
    held_ = true;
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

// Held by many who read, or by one.
class CAPABILITY("mutex") SharedMutex {
 public:
  void lock() ACQUIRE() { inner_.lock(); }
  void unlock() RELEASE() { inner_.unlock(); }
  void lock_shared() ACQUIRE_SHARED() { inner_.lock_shared(); }
  void unlock_shared() RELEASE_GENERIC() { inner_.unlock_shared(); }

 private:
  std::shared_mutex inner_;
};

class SCOPED_CAPABILITY ReaderLock {
 public:
  explicit ReaderLock(SharedMutex& mutex) ACQUIRE_SHARED(mutex) : mutex_(mutex) {
    mutex_.lock_shared();
  }
  ~ReaderLock() RELEASE_GENERIC() { mutex_.unlock_shared(); }
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

 private:
  SharedMutex& mutex_;
};

class SCOPED_CAPABILITY WriterLock {
 public:
  explicit WriterLock(SharedMutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~WriterLock() RELEASE() { mutex_.unlock(); }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  SharedMutex& mutex_;
};

// Waits give the mutex up and take it again. May wake for no reason: wait in a loop that looks.
class Condition {
 public:
  void wait(Mutex& mutex) REQUIRES(mutex) {
    std::unique_lock lock(mutex.inner_, std::adopt_lock);
    inner_.wait(lock);
    lock.release();
  }
  void notify_one() { inner_.notify_one(); }

 private:
  std::condition_variable inner_;
};

}  // namespace muster
