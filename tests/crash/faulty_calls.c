/* Loaded into a server (LD_PRELOAD) to make one of its file calls go wrong, or every one from then
 * on. Compiled and explained by faults.py; knows the names of files and nothing else of Muster.
 *
 *   FAULT_BELOW   directory; calls on files elsewhere (sockets, libraries) are left alone
 *   FAULT         CALLS:PLACE:N:ACTION, as in  fdatasync,fsync:journal:3+:EIO
 *   FAULT_LOG     a file that gets one line for each call that went wrong
 *
 * CALLS are names of the C library's functions. PLACE is journal, store, top (what lies beside
 * them) or any. The N-th such call of the process goes wrong; with a plus each one behind it, too.
 * ACTION:
 *   EIO, ENOSPC   fails. A failed sync loses what was written to that file since the last one, as
 *                 a kernel does: it marks the pages clean.
 *   torn          a write writes half of its bytes, then fails (EIO)
 *   short         a read or write moves half of its bytes, and says so: no failure
 *   lie           a sync does nothing and returns 0
 *   lose          a sync loses what it should have saved, and returns 0
 *   kill          SIGKILL instead of the call
 *   cut, cutlog   the file system is shut down before the call, without or with its log flushed:
 *                 what a power cut leaves
 *   count         nothing; for counting
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SHUTDOWN _IOR('X', 125, uint32_t) /* FS_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN */

enum action { NONE, FAIL, TORN, SHORT, LIE, LOSE, KILL, CUT, CUTLOG, COUNT };

static struct {
  char below[PATH_MAX];
  size_t below_size;
  char calls[256]; /* with a comma before and behind each name */
  char place[16];
  long nth;
  bool lasting;
  enum action action;
  int error;
  int log;
} fault = {.log = -1};

static atomic_long passes;
static atomic_long logged;

static void fail_setup(const char* what) {
  fprintf(stderr, "faulty_calls: %s\n", what);
  abort();
}

static void parse_action(const char* name) {
  static const char* const names[] = {"",     "",     "torn", "short",  "lie",
                                      "lose", "kill", "cut",  "cutlog", "count"};
  for (int action = TORN; action <= COUNT; ++action) {
    if (strcmp(name, names[action]) == 0) fault.action = action;
  }
  if (strcmp(name, "EIO") == 0) fault.error = EIO;
  if (strcmp(name, "ENOSPC") == 0) fault.error = ENOSPC;
  if (fault.error != 0) fault.action = FAIL;
  if (fault.action == TORN) fault.error = EIO;
  if (fault.action == NONE) fail_setup("no such action");
}

__attribute__((constructor)) static void set_up(void) {
  const char* below = getenv("FAULT_BELOW");
  const char* text = getenv("FAULT");
  const char* log = getenv("FAULT_LOG");
  if (!below || !text || !log) return;
  snprintf(fault.below, sizeof fault.below, "%s", below);
  fault.below_size = strlen(fault.below);
  char calls[200], nth[32], action[16];
  if (sscanf(text, "%199[^:]:%15[^:]:%31[^:]:%15s", calls, fault.place, nth, action) != 4) {
    fail_setup("FAULT is not CALLS:PLACE:N:ACTION");
  }
  snprintf(fault.calls, sizeof fault.calls, ",%s,", calls);
  char* end;
  fault.nth = strtol(nth, &end, 10);
  fault.lasting = *end == '+';
  fault.log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  parse_action(action);
}

static bool is_at(const char* path, const char* place) {
  if (strcmp(place, "any") == 0) return true;
  const bool journal = strstr(path, "/journal") != NULL;
  const bool store = strstr(path, "/store") != NULL;
  if (strcmp(place, "journal") == 0) return journal;
  if (strcmp(place, "store") == 0) return store;
  return !journal && !store;
}

static void note(const char* call, const char* path) {
  if (atomic_fetch_add(&logged, 1) >= 1000) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  char line[PATH_MAX + 64];
  const int size = snprintf(line, sizeof line, "%lld.%09ld %s %s\n", (long long)now.tv_sec,
                            now.tv_nsec, call, path + fault.below_size);
  (void)!syscall(SYS_write, fault.log, line, (size_t)size);
}

static void shut_down(uint32_t how) {
  const int directory = (int)syscall(SYS_openat, AT_FDCWD, fault.below, O_RDONLY | O_CLOEXEC);
  if (directory < 0 || ioctl(directory, SHUTDOWN, &how) != 0) perror("faulty_calls: shutdown");
  close(directory);
}

/* What has to happen to this call on `path`. */
static enum action judge(const char* call, const char* path) {
  if (fault.action == NONE || strncmp(path, fault.below, fault.below_size) != 0) return NONE;
  char name[32];
  snprintf(name, sizeof name, ",%s,", call);
  if (!strstr(fault.calls, name) || !is_at(path + fault.below_size, fault.place)) return NONE;
  const long pass = atomic_fetch_add(&passes, 1) + 1;
  if (fault.action != COUNT && pass != fault.nth && !(fault.lasting && pass > fault.nth)) {
    return NONE;
  }
  note(call, path);
  if (fault.action == KILL) raise(SIGKILL);
  if (fault.action == CUT) shut_down(2);
  if (fault.action == CUTLOG) shut_down(1);
  return fault.action;
}

static const char* path_of(int fd, char* path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, PATH_MAX - 1);
  path[size < 0 ? 0 : size] = '\0';
  return path;
}

static enum action judge_fd(const char* call, int fd) {
  if (fault.action == NONE) return NONE;
  const int error = errno;
  char path[PATH_MAX];
  const enum action action = judge(call, path_of(fd, path));
  errno = error;
  return action;
}

/* Only what is not durable yet can be lost: the bytes under each write since the last sync. */
struct written {
  struct written* next;
  int fd;
  off_t at;
  size_t size;
  size_t old_size;
  char old[];
};
static struct written* unsynced;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static bool remembers(void) {
  return (fault.action == FAIL || fault.action == LOSE) && strstr(fault.calls, "sync,") != NULL;
}

/* Before a write. Files that are only appended to have nothing to remember but the place. */
static void remember(int fd, off_t at, size_t size) {
  char path[PATH_MAX];
  if (!remembers() || strncmp(path_of(fd, path), fault.below, fault.below_size) != 0) return;
  struct written* written = malloc(sizeof *written + size);
  if (!written) abort();
  const int reader = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  const ssize_t got = syscall(SYS_pread64, reader, written->old, size, at);
  close(reader);
  *written =
      (struct written){.fd = fd, .at = at, .size = size, .old_size = got < 0 ? 0 : (size_t)got};
  /* The old bytes are mostly zeros of a fresh file: no need to keep those. */
  while (written->old_size > 0 && written->old[written->old_size - 1] == 0) --written->old_size;
  struct written* smaller = realloc(written, sizeof *written + written->old_size);
  if (!smaller) abort();
  pthread_mutex_lock(&mutex);
  smaller->next = unsynced;
  unsynced = smaller;
  pthread_mutex_unlock(&mutex);
}

static void restore(const struct written* written) {
  char* bytes = calloc(1, written->size);
  if (!bytes) abort();
  memcpy(bytes, written->old, written->old_size);
  struct stat status;
  size_t size = written->size;
  if (fstat(written->fd, &status) == 0 && written->at + (off_t)size > status.st_size) {
    size = status.st_size > written->at ? (size_t)(status.st_size - written->at) : 0;
  }
  if (syscall(SYS_pwrite64, written->fd, bytes, size, written->at) < 0) perror("faulty_calls");
  free(bytes);
}

/* Newest first, so that the oldest bytes stay. `lost`: the sync failed. */
static void forget(int fd, bool lost) {
  if (!remembers()) return;
  pthread_mutex_lock(&mutex);
  struct written** at = &unsynced;
  while (*at) {
    struct written* written = *at;
    if (written->fd != fd) {
      at = &written->next;
      continue;
    }
    if (lost) restore(written);
    *at = written->next;
    free(written);
  }
  pthread_mutex_unlock(&mutex);
}

#define REAL(name)               \
  static __typeof__(&name) real; \
  if (!real) *(void**)&real = dlsym(RTLD_NEXT, #name)

static int failed(void) {
  errno = fault.error;
  return -1;
}

static size_t half(size_t size) { return size > 1 ? size / 2 : size; }

int open(const char* path, int flags, ...) {
  REAL(open);
  mode_t mode = 0;
  if (flags & (O_CREAT | O_TMPFILE)) {
    va_list list;
    va_start(list, flags);
    mode = va_arg(list, mode_t);
    va_end(list);
  }
  if (judge("open", path) == FAIL) return failed();
  return real(path, flags, mode);
}

ssize_t read(int fd, void* bytes, size_t size) {
  REAL(read);
  const enum action action = judge_fd("read", fd);
  if (action == FAIL) return failed();
  return real(fd, bytes, action == SHORT ? half(size) : size);
}

ssize_t pread(int fd, void* bytes, size_t size, off_t at) {
  REAL(pread);
  const enum action action = judge_fd("pread", fd);
  if (action == FAIL) return failed();
  return real(fd, bytes, action == SHORT ? half(size) : size, at);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  REAL(write);
  const enum action action = judge_fd("write", fd);
  if (action == FAIL) return failed();
  if (remembers()) remember(fd, lseek(fd, 0, SEEK_CUR), size);
  const ssize_t written = real(fd, bytes, action == TORN || action == SHORT ? half(size) : size);
  return action == TORN ? failed() : written;
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  REAL(pwrite);
  const enum action action = judge_fd("pwrite", fd);
  if (action == FAIL) return failed();
  remember(fd, at, size);
  const ssize_t written =
      real(fd, bytes, action == TORN || action == SHORT ? half(size) : size, at);
  return action == TORN ? failed() : written;
}

static int sync_as(const char* call, int (*real)(int), int fd) {
  const enum action action = judge_fd(call, fd);
  if (action == LIE) return 0;
  forget(fd, action == FAIL || action == LOSE);
  if (action == LOSE) return 0;
  return action == FAIL ? failed() : real(fd);
}

int fsync(int fd) {
  REAL(fsync);
  return sync_as("fsync", real, fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  return sync_as("fdatasync", real, fd);
}

int close(int fd) {
  REAL(close);
  forget(fd, false);
  return real(fd);
}

int sync_file_range(int fd, off_t at, off_t size, unsigned flags) {
  REAL(sync_file_range);
  if (flags == 0) return real(fd, at, size, flags); /* only asks whether there is such a call */
  const enum action action = judge_fd("sync_file_range", fd);
  if (action == LIE) return 0;
  return action == FAIL ? failed() : real(fd, at, size, flags);
}

int fallocate(int fd, int mode, off_t at, off_t size) {
  REAL(fallocate);
  return judge_fd("fallocate", fd) == FAIL ? failed() : real(fd, mode, at, size);
}

int posix_fallocate(int fd, off_t at, off_t size) {
  REAL(posix_fallocate);
  return judge_fd("posix_fallocate", fd) == FAIL ? fault.error : real(fd, at, size);
}

int ftruncate(int fd, off_t size) {
  REAL(ftruncate);
  return judge_fd("ftruncate", fd) == FAIL ? failed() : real(fd, size);
}

int truncate(const char* path, off_t size) {
  REAL(truncate);
  return judge("truncate", path) == FAIL ? failed() : real(path, size);
}

int rename(const char* from, const char* to) {
  REAL(rename);
  return judge("rename", from) == FAIL ? failed() : real(from, to);
}

int link(const char* from, const char* to) {
  REAL(link);
  return judge("link", from) == FAIL ? failed() : real(from, to);
}

int unlink(const char* path) {
  REAL(unlink);
  return judge("unlink", path) == FAIL ? failed() : real(path);
}

int mkdir(const char* path, mode_t mode) {
  REAL(mkdir);
  return judge("mkdir", path) == FAIL ? failed() : real(path, mode);
}

DIR* opendir(const char* path) {
  REAL(opendir);
  if (judge("opendir", path) != FAIL) return real(path);
  errno = fault.error;
  return NULL;
}
