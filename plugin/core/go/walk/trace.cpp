// The execution tracer's buffers and tables. v1 to 1.21 (in 1.22 on request), v2 from 1.22.
#include <map>

#include "go/walk/checked_read.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kBufferBytes = 64 << 10;  // traceBuf, traceAllocBlock, traceRegionAllocBlock

class TraceWalk {
 public:
  TraceWalk(const Runtime& runtime, Model& model, Findings& findings)
      : runtime_(runtime), model_(model), findings_(findings), trace_(runtime.global(Global::trace)) {}

  void run() {
    if (trace_.is_null() || !runtime_.has(Group::trace)) return;
    for (const Field head : {Field::trace_reading, Field::trace_empty, Field::trace_full_head, Field::trace_buf,
                             Field::trace_string_buf0, Field::trace_string_buf1})
      if (runtime_.has(head)) buffers_from(runtime_.at(trace_, head));
    for (const Field array : {Field::trace_full, Field::trace_cpu_buf}) array_of_buffers(trace_, array);
    processors();
    threads();
    if (runtime_.has(Group::trace_v1)) arenas_from(runtime_.at(trace_, Field::trace_stack_mem), Field::region_v1_next);
    tables(Field::trace_stack_tab, Field::trace_stack_mem0);
    tables(Field::trace_string_tab, Field::trace_string_mem0);
    tables(Field::trace_type_tab, Field::trace_type_mem0);
  }

 private:
  // False where the list joins an earlier one, as the tail of a queue does: the rest is known.
  bool add(std::vector<Piece>& pieces, Address at) {
    const auto [seen, fresh] = list_of_.try_emplace(at, lists_);
    if (!fresh) {
      if (seen->second == lists_)
        findings_.add(Severity::warning, {FaultCode::implausible, "ring of trace buffers", at});
      return false;
    }
    const auto range = AddressRange::of(at, kBufferBytes);
    if (range && runtime_.mapped(*range))
      pieces.push_back({*range, static_cast<std::uint32_t>(pieces.size())});
    else
      findings_.add(Severity::warning, {FaultCode::implausible, "trace buffer", at});
    return true;
  }

  void buffers_from(Address head) {
    ++lists_;
    walk_list(runtime_, list_head(runtime_, head, "list of trace buffers", findings_),
              runtime_.place(Field::trace_buf_link).offset, "trace buffer", findings_,
              [&](Address at) { return add(model_.pieces[PieceId::trace_buffer], at); });
  }

  // Every word of the field may start a list: trace.full[2]{head, tail}, m.trace.buf[2][n].
  void array_of_buffers(Address base, Field field) {
    if (!runtime_.has(field)) return;
    const FieldPlace place = runtime_.place(field);
    for (std::uint32_t offset = 0; offset < place.size; offset += 8) buffers_from(base + place.offset + offset);
  }

  void processors() {
    if (!runtime_.has(Group::trace_v1)) return;
    for (const Processor& p : model_.processors.all)
      if (p.listed) buffers_from(runtime_.at(p.address, Field::p_tracebuf));
  }

  void threads() {
    if (!runtime_.has(Group::trace_v2)) return;
    walk_list(runtime_, list_head(runtime_, runtime_.global(Global::allm), "allm", findings_),
              runtime_.place(Field::m_alllink).offset, "m", findings_,
              [&](Address m) { array_of_buffers(m, Field::m_trace_buf); });
    if (!runtime_.has(Group::exiting_threads)) return;
    const Address freem = runtime_.at(runtime_.global(Global::sched), Field::sched_freem);
    walk_list(runtime_, list_head(runtime_, freem, "sched.freem", findings_), runtime_.place(Field::m_freelink).offset,
              "m", findings_, [&](Address m) { array_of_buffers(m, Field::m_trace_buf); });
  }

  void arenas_from(Address head, Field link) {
    if (!runtime_.has(link)) return;
    ++lists_;
    walk_list(runtime_, list_head(runtime_, head, "list of trace arenas", findings_), runtime_.place(link).offset,
              "trace arena", findings_, [&](Address at) { return add(model_.pieces[PieceId::trace_arena], at); });
  }

  // The two generations of a v2 table: its traceRegionAlloc keeps a list of blocks.
  void tables(Field table, Field mem) {
    if (!runtime_.has(table) || !runtime_.has(mem)) return;
    const FieldPlace place = runtime_.place(table);
    for (std::uint32_t i = 0; i < place.count; ++i) {
      const Address region = trace_ + runtime_.place(mem).offset + i * std::uint64_t{place.stride};
      for (const Field head : {Field::region_head, Field::region_current, Field::region_full})
        if (runtime_.has(head)) arenas_from(runtime_.at(region, head), Field::region_block_next);
    }
  }

  const Runtime& runtime_;
  Model& model_;
  Findings& findings_;
  Address trace_;
  std::map<Address, std::uint32_t> list_of_;  // the first list that led there
  std::uint32_t lists_ = 0;
};

}  // namespace

void walk_trace(const Runtime& runtime, Model& model, Findings& findings) { TraceWalk(runtime, model, findings).run(); }

}  // namespace memmap::go
