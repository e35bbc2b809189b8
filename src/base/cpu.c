#include "base/cpu.h"

#include <sched.h>

unsigned
cpu_count(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set))
		return 1;
	return (unsigned)(CPU_COUNT(&set) > 16 ? 16 : CPU_COUNT(&set));
}
