/* Platforms without Landlock and seccomp: nothing is given up, and that is what the screens say. */
#include <stdio.h>

#include "cmd/analyze/analyze.h"

const char *const sandbox_word[] = { "off", "none on this platform", "partial", "full" };

int
sandbox_enter(bool wanted, const struct sandbox_may *may, enum sandbox_state *ret, char state[128],
    struct err *e)
{
	(void)may;
	(void)e;
	*ret = wanted ? SANDBOX_NONE : SANDBOX_OFF;
	snprintf(state, 128, wanted ? "neither Landlock nor seccomp" : "off (--sandbox=off)");
	return 0;
}
