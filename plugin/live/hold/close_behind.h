// Closing files that the kernel is slow to close.
#pragma once

#include <vector>

#include "process/file_descriptor.h"

namespace memmap {

// The kernel takes some 70 ms to let go of a uprobe, one after another (uprobe_unregister waits for
// RCU under event_mutex, also when a process ends). A process that does nothing else takes that
// time, once we have closed ours.
void close_behind(std::vector<FileDescriptor> files);

}  // namespace memmap
