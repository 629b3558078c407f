#include "process/proc/proc_maps.h"
#include "support/catch.h"

namespace memmap {
namespace {

TEST_CASE("a line of maps becomes a mapping") {
  const auto maps =
      parse_maps("00400000-004aa000 r-xp 00001000 fe:00 9986349                            /usr/bin/a b\n");
  REQUIRE(maps.size() == 1);
  CHECK(maps[0].range == AddressRange{Address(0x400000), Address(0x4aa000)});
  CHECK(maps[0].permissions.read);
  CHECK_FALSE(maps[0].permissions.write);
  CHECK(maps[0].permissions.execute);
  CHECK_FALSE(maps[0].shared);
  CHECK(maps[0].file == "/usr/bin/a b");
  CHECK(maps[0].file_offset == 0x1000);
  CHECK(maps[0].is_file());
}

TEST_CASE("names of mappings") {
  const auto name = [](const std::string& shown) {
    const auto maps = parse_maps("1000-2000 rw-s 00000000 00:00 0                  " + shown);
    return maps.empty() ? Mapping{} : maps.front();
  };
  CHECK(name("").file.empty());
  CHECK(name("").shared);
  CHECK(name("/a/x (deleted)").file == "/a/x (deleted)");
  CHECK(name("/a/b\\012c").file == "/a/b\nc");
  CHECK(name("/a/b\\134c").file == "/a/b\\134c");  // only the newline is written as a number
  CHECK(name("/two  spaces ").file == "/two  spaces ");
  CHECK(name("[anon: Go: heap]").vma_name == "Go: heap");
  CHECK(name("[anon: Go: heap]").file.empty());
  CHECK(name("[anon:x]").vma_name == "x");
  CHECK(name("[anon_shmem:ring]").vma_name == "ring");
  CHECK(name("[anon_shmem:ring]").file == "/dev/zero (deleted)");
  CHECK(name("/anon_hugepage (deleted)").is_file());
  CHECK(name("anon_inode:[perf_event]").is_file());
  for (const char* const kernel : {"[stack]", "[heap]", "[vdso]", "[vvar]", "[vvar_vclock]", "[vsyscall]"}) {
    CHECK(name(kernel).file == kernel);
    CHECK(name(kernel).is_kernel_piece());
  }
}

TEST_CASE("the top of the address space and reservations") {
  const auto maps = parse_maps(
      "7f469fc00000-7f46b7272000 ---p 00000000 00:00 0 \n"
      "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n");
  REQUIRE(maps.size() == 2);
  CHECK(maps[0].permissions.none());
  CHECK(maps[1].range.size() == 4096);
}

TEST_CASE("lines that are no mapping are left out") {
  CHECK(parse_maps("").empty());
  CHECK(parse_maps("\n\nrubbish\n1000-\n-2000 rw-p\n1000-2000\n1000-2000 rw\n").empty());
  CHECK(parse_maps("2000-1000 rw-p 00000000 00:00 0\n").empty());
  CHECK(parse_maps("1000-2000 rw-p zz 00:00 0\n").empty());
  CHECK(parse_maps("10000000000000000-2 rw-p 0 00:00 0\n").empty());
  CHECK(parse_maps("1000-2000 rw-p 00000000").size() == 1);
}

TEST_CASE("Rss of smaps is summed, hugetlb mappings are found") {
  const SmapsSum sum = sum_smaps(
      "00400000-00500000 rw-p 00000000 00:00 0 \nSize:               1024 kB\n"
      "Rss:                  12 kB\nPss:                 500 kB\nAnonymous:             8 kB\nVmFlags: rd wr mr \n"
      "a0000000-a0200000 rw-p 00000000 00:00 0    /anon_hugepage (deleted)\n"
      "Rss:                   0 kB\nVmFlags: rd wr ht \n"
      "b0000000-b0200000 rw-p 00000000 00:00 0\nRss:       8 kB\nVmFlags: rd");
  CHECK(sum.resident == 20 * 1024);
  REQUIRE(sum.mappings.size() == 3);
  CHECK(sum.mappings[0].begin == Address(0x400000));
  CHECK(sum.mappings[0].resident == 12 * 1024);
  CHECK(sum.mappings[0].anonymous == 8 * 1024);
  CHECK(sum.mappings[1].begin == Address(0xa0000000));
  CHECK(sum.mappings[1].hugetlb);
  CHECK_FALSE(sum.mappings[0].hugetlb);
  CHECK_FALSE(sum.mappings[2].hugetlb);
  CHECK_FALSE(sum.huge_pages);
}

TEST_CASE("smaps_rollup has one sum, and says whether there are pages of hugetlbfs") {
  const std::string rollup =
      "00400000-7ffc2b362000 ---p 00000000 00:00 0                              [rollup]\n"
      "Rss:              594160 kB\nPss:              594153 kB\nShared_Hugetlb:        0 kB\n";
  const SmapsSum none = sum_smaps(rollup + "Private_Hugetlb:       0 kB\n");
  CHECK(none.resident == 594160 * 1024);
  CHECK_FALSE(none.huge_pages);
  CHECK(none.mappings.size() == 1);  // of all together
  CHECK(sum_smaps(rollup + "Private_Hugetlb:    2048 kB\n").huge_pages);
  CHECK(sum_smaps("Shared_Hugetlb:    2048 kB\nPrivate_Hugetlb: 0 kB\n").huge_pages);
}

}  // namespace
}  // namespace memmap
