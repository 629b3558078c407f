// The least that a reader of a Go heap's metadata does: a loop over the same structures that memmap reads, with no checks,
// no map and no output but its sums. scripts/bench quotes annotate and reconcile as a ratio to it.
//
//   metadata_loop core FILE PLACES…    metadata_loop live PID PLACES…
//
// PLACES are "name=number" of one build of one program: addresses of globals, offsets and sizes of structs (scripts/bench
// asks gdb for them). Read are mheap_.allspans and every mspan of it, allgs and every g, the chunks of the page allocator
// that are in use, and live the residency of every mapping that can be read.
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kRunBytes = 1 << 20, kMostSegments = 1 << 16 };

static char** places;
static pid_t pid;                // live
static const unsigned char* core;  // else
static const Elf64_Phdr* segments[kMostSegments];
static size_t segment_count, last_segment;

static void fail(const char* what) {
  fprintf(stderr, "metadata_loop: %s\n", what);
  exit(1);
}

static uint64_t place(const char* name) {
  const size_t length = strlen(name);
  for (char** one = places; *one; ++one)
    if (strncmp(*one, name, length) == 0 && (*one)[length] == '=') return strtoull(*one + length + 1, NULL, 0);
  fprintf(stderr, "metadata_loop: no place is called %s\n", name);
  exit(1);
}

// Where `size` bytes at `address` lie: in the core as it is mapped, or read into `buffer`.
static const unsigned char* bytes(uint64_t address, size_t size, void* buffer) {
  if (!core) {
    const struct iovec to = {buffer, size}, from = {(void*)address, size};
    if (process_vm_readv(pid, &to, 1, &from, 1, 0) != (ssize_t)size) fail("cannot read the process");
    return buffer;
  }
  for (size_t tried = 0; tried < segment_count; ++tried) {
    const Elf64_Phdr* segment = segments[last_segment];
    if (address - segment->p_vaddr < segment->p_filesz && size <= segment->p_filesz - (address - segment->p_vaddr))
      return core + segment->p_offset + (address - segment->p_vaddr);
    last_segment = (last_segment + 1) % segment_count;
  }
  fail("an address is not in the core");
  return NULL;
}

static uint64_t word(const unsigned char* from) {
  uint64_t value;
  memcpy(&value, from, sizeof value);
  return value;
}

static uint64_t word_at(uint64_t address) {
  uint64_t buffer;
  return word(bytes(address, 8, &buffer));
}

// The pointers of an array in the target. The caller frees nothing: the program ends soon.
static const unsigned char* pointers(uint64_t slice, uint64_t* count) {
  *count = word_at(slice + 8);
  return bytes(word_at(slice), *count * 8, core ? NULL : malloc(*count * 8));
}

// Calls `use` with each struct that `list` points to. Neighbours are read together, as the runtime carves them side by side.
static void each(const unsigned char* list, uint64_t count, uint64_t size, void (*use)(const unsigned char*)) {
  unsigned char* buffer = malloc(kRunBytes + size);
  for (uint64_t i = 0; i < count;) {
    const uint64_t first = word(list + i * 8);
    uint64_t run = 1;
    while (i + run < count && (run + 1) * size <= kRunBytes && word(list + (i + run) * 8) == first + run * size) ++run;
    const unsigned char* structs = bytes(first, run * size, buffer);
    for (uint64_t k = 0; k < run; ++k) use(structs + k * size);
    i += run;
  }
  free(buffer);
}

static struct {
  uint64_t start, npages, limit, state, elemsize, nelems, allocated, spanclass, sweepgen, next, free_list, specials;
} mspan;
static uint64_t spans, span_bytes, objects, span_mixed;

static void use_mspan(const unsigned char* at) {
  if (at[mspan.state] == 0) return;  // mSpanDead
  uint16_t nelems, allocated;
  memcpy(&nelems, at + mspan.nelems, 2);
  memcpy(&allocated, at + mspan.allocated, 2);
  spans += 1;
  span_bytes += word(at + mspan.npages) * 8192;
  objects += allocated;
  span_mixed ^= word(at + mspan.start) ^ word(at + mspan.limit) ^ word(at + mspan.elemsize) ^ nelems ^ at[mspan.spanclass] ^
                word(at + mspan.sweepgen) ^ word(at + mspan.next) ^ word(at + mspan.free_list) ^ word(at + mspan.specials);
}

static struct {
  uint64_t lo, hi, sp, status, goid;
} g;
static uint64_t goroutines, stack_bytes, g_mixed;

static void use_g(const unsigned char* at) {
  goroutines += 1;
  stack_bytes += word(at + g.hi) - word(at + g.lo);
  g_mixed ^= word(at + g.sp) ^ word(at + g.status) ^ word(at + g.goid);
}

static uint64_t free_pages;

// Of each 4 MiB in use the bitmaps of its 512 pages: allocated, and given back to the kernel.
static void page_bitmaps(void) {
  const uint64_t ranges = word_at(place("inUse")), range_count = word_at(place("inUse") + 8), chunks = place("chunks");
  const uint64_t base = 0xffff800000000000u, size = place("pallocData");
  unsigned char* buffer = malloc(size);
  for (uint64_t i = 0; i < range_count; ++i) {
    const uint64_t begin = word_at(ranges + i * 16), end = word_at(ranges + i * 16 + 8);
    for (uint64_t address = begin; address < end; address += 4 << 20) {
      const uint64_t index = (address - base) >> 22, l2 = word_at(chunks + (index >> 13) * 8);
      const unsigned char* data = bytes(l2 + (index & 8191) * size, size, buffer);
      for (unsigned k = 0; k < 8; ++k) free_pages += 64 - (unsigned)__builtin_popcountll(word(data + k * 8));
    }
  }
  free(buffer);
}

static uint64_t resident_pages;

// Before anything is read, which would map pages.
static void residency(void) {
  char path[64], line[4096];
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  FILE* maps = fopen(path, "r");
  snprintf(path, sizeof path, "/proc/%d/pagemap", pid);
  const int pagemap = open(path, O_RDONLY);
  uint64_t* entries = malloc(kRunBytes);
  if (!maps || pagemap < 0) fail("cannot read the mappings of the process");
  while (fgets(line, sizeof line, maps)) {
    uint64_t begin, end;
    char readable;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %c", &begin, &end, &readable) != 3 || readable != 'r') continue;
    for (uint64_t page = begin / 4096; page < end / 4096;) {
      const uint64_t left = end / 4096 - page, most = kRunBytes / 8;
      const ssize_t got = pread(pagemap, entries, (left < most ? left : most) * 8, (off_t)(page * 8));
      if (got <= 0) break;  // [vsyscall] has none
      for (ssize_t i = 0; i < got / 8; ++i) resident_pages += entries[i] >> 63;
      page += (uint64_t)got / 8;
    }
  }
  free(entries);
  close(pagemap);
  fclose(maps);
}

static void open_core(const char* path) {
  const int file = open(path, O_RDONLY);
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0) fail("cannot open the core");
  core = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  if (core == MAP_FAILED) fail("cannot map the core");
  const Elf64_Ehdr* head = (const Elf64_Ehdr*)core;
  const Elf64_Phdr* all = (const Elf64_Phdr*)(core + head->e_phoff);
  for (unsigned i = 0; i < head->e_phnum; ++i)
    if (all[i].p_type == PT_LOAD && all[i].p_filesz > 0 && segment_count < kMostSegments) segments[segment_count++] = &all[i];
}

// The main thread is enough for a program that sleeps, as the one that is measured does.
static void open_process(const char* number) {
  pid = atoi(number);
  if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0 || waitpid(pid, NULL, __WALL) != pid)
    fail("cannot stop the process");
}

int main(int count, char** words) {
  if (count < 4) fail("core FILE or live PID, then places");
  places = words + 3;
  if (strcmp(words[1], "core") == 0) open_core(words[2]);
  else open_process(words[2]);
  if (pid) residency();
#define OF(s, field, name) s.field = place(name)
  OF(mspan, start, "mspan.startAddr"), OF(mspan, npages, "mspan.npages"), OF(mspan, limit, "mspan.limit");
  OF(mspan, state, "mspan.state"), OF(mspan, elemsize, "mspan.elemsize"), OF(mspan, nelems, "mspan.nelems");
  OF(mspan, allocated, "mspan.allocCount"), OF(mspan, spanclass, "mspan.spanclass"), OF(mspan, sweepgen, "mspan.sweepgen");
  OF(mspan, next, "mspan.next"), OF(mspan, free_list, "mspan.manualFreeList"), OF(mspan, specials, "mspan.specials");
  OF(g, lo, "g.stack.lo"), OF(g, hi, "g.stack.hi"), OF(g, sp, "g.sched.sp"), OF(g, status, "g.atomicstatus");
  OF(g, goid, "g.goid");
  uint64_t listed;
  const unsigned char* list = pointers(place("allspans"), &listed);
  each(list, listed, place("mspan"), use_mspan);
  list = pointers(place("allgs"), &listed);
  each(list, listed, place("g"), use_g);
  page_bitmaps();
  printf("%" PRIu64 " spans %" PRIu64 " bytes %" PRIu64 " objects %" PRIu64 " goroutines %" PRIu64 " stack bytes %" PRIu64
         " free pages %" PRIu64 " resident pages %" PRIx64 "\n",
         spans, span_bytes, objects, goroutines, stack_bytes, free_pages, resident_pages, span_mixed ^ g_mixed);
  return 0;
}
