/* Two VMs that take turns: what a hypervisor saves and loads when it switches between them. */
#pragma once

#include "mmu.h"

/* Make the VMs, with `frames` for the pages that each touches. */
void worlds_prepare(u64 frames);

/* Let each VM touch its pages `rounds` times, in turns; with a full TLB flush at each switch when `flush`. */
u64 worlds_run(u64 rounds, bool flush);
