// What buckhash_sys is charged with: profile buckets, their hash table, and the pointer masks of
// data and bss, which progToPointerMask charges there too.
#include "go/walk/checked_read.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kBuckHashBytes = 179999 * 8;  // buckHashSize pointers, 64-bit
constexpr std::uint64_t kMemProfile = 1;              // bucketType
constexpr std::uint64_t kDeepestStack = 1 << 20;

void read_buckets(const Runtime& runtime, Global list, Model& model, Findings& findings) {
  const Address first = list_head(runtime, runtime.global(list), "list of profile buckets", findings);
  const std::uint64_t header = runtime.size_of(Type::bucket);
  // The linker drops blockRecord from programs that profile neither blocking nor mutexes.
  const std::uint64_t block_record = runtime.size_of(Type::block_record);
  walk_list(runtime, first, runtime.place(Field::bucket_allnext).offset, "profile bucket", findings, [&](Address at) {
    const Result<std::uint64_t> typ =
        read_word(runtime.memory(), runtime.at(at, Field::bucket_typ), runtime.place(Field::bucket_typ).size);
    const Result<std::uint64_t> nstk = read_word(runtime.memory(), runtime.at(at, Field::bucket_nstk));
    if (!typ || !nstk || *nstk > kDeepestStack) {
      findings.add(Severity::warning, {FaultCode::implausible, "profile bucket", at});
      return;
    }
    const std::uint64_t record = *typ == kMemProfile ? runtime.size_of(Type::mem_record)
                                 : block_record != 0 ? block_record
                                                     : 16;  // {count, cycles}
    const auto range = AddressRange::of(at, header + *nstk * 8 + record);
    if (range) model.pieces.add(PieceId::profile_bucket, *range);
  });
}

// progToPointerMask: one bit for each word, a whole number of bytes, and one byte 0xa1 as end mark.
void add_mask(const Runtime& runtime, const Record& module, Field mask, Field begin, Field end, std::uint32_t index,
              Model& model, Findings& findings) {
  const Address at = module.pointer(mask);
  if (at.is_null()) return;
  const std::uint64_t bytes = module[end] - module[begin];
  const auto range = AddressRange::of(at, (bytes / 8 + 7) / 8 + 1);
  if (module[end] < module[begin] || !range || !runtime.mapped(*range))
    findings.add(Severity::warning, {FaultCode::implausible, "pointer mask of a module", at});
  else
    model.pieces.add(PieceId::pointer_mask, *range, index);
}

void read_masks(const Runtime& runtime, Model& model, Findings& findings) {
  std::uint32_t index = 0;
  walk_list(runtime, runtime.global(Global::firstmoduledata), runtime.place(Field::module_next).offset, "moduledata",
            findings, [&](Address at) {
              std::vector<std::byte> scratch;
              const Result<Record> module = Record::fetch(runtime.memory(), runtime.layout(), at,
                                                          runtime.size_of(Type::moduledata), "moduledata", scratch);
              if (!module) {
                findings.add(Severity::warning, module.error());
                return;
              }
              add_mask(runtime, *module, Field::module_gcdatamask, Field::module_data, Field::module_edata, index,
                       model, findings);
              add_mask(runtime, *module, Field::module_gcbssmask, Field::module_bss, Field::module_ebss, index, model,
                       findings);
              ++index;
            });
}

}  // namespace

void walk_profile(const Runtime& runtime, Model& model, Findings& findings) {
  // A pointer, nil until something is profiled.
  const Address table = list_head(runtime, runtime.global(Global::buckhash), "buckhash", findings);
  if (!table.is_null()) {
    const auto range = AddressRange::of(table, kBuckHashBytes);
    if (range && runtime.mapped(*range))
      model.pieces.add(PieceId::profile_table, *range);
    else
      findings.add(Severity::warning, {FaultCode::implausible, "buckhash", table});
  }
  for (const Global list : {Global::mbuckets, Global::bbuckets, Global::xbuckets})
    read_buckets(runtime, list, model, findings);
  read_masks(runtime, model, findings);
}

}  // namespace memmap::go
