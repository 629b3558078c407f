#include "lldb/trace/held_here.h"

#include "live/hold/stands_here.h"
#include "lldb/sb_text.h"

namespace memmap {

bool is_held_here(lldb::SBTarget& target) {
  lldb::SBProcess process = target.GetProcess();
  lldb::SBThread thread = process.GetSelectedThread();
  return stands_here(process.GetProcessID(), path_of(target.GetExecutable()), thread.GetThreadID(),
                     Address(thread.GetFrameAtIndex(0).GetSP()));
}

}  // namespace memmap
