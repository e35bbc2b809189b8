/*
 * What a sample says of its population, as arithmetic (formats/controls.md CT-13): bounds of the
 * number of deviations, exact, in integers of any size. What it means is the auditor's judgement.
 */
#ifndef APPROVAL_BOUND_H
#define APPROVAL_BOUND_H

#include <stdint.h>

#define BOUND_TESTED 2000u /* items of a sample; above that nothing is computed */

/* Shares are in hundredths of a percent, to the nearest one. */
struct bound {
	/* hypergeometric, 95 %, one-sided: the greatest number of deviations in the population
	 * that a sample with so few does not exclude; and its share */
	uint64_t most;
	unsigned share;
	unsigned upper;     /* binomial, 95 %, one-sided: not more than this share */
	unsigned low, high; /* binomial, 95 %, two-sided (Clopper and Pearson) */
};

/*
 * population: all items, of which `tested` were drawn without replacement, each as likely as any
 * other, and `found` of these deviate. 0; 1: there is no bound (nothing tested, or more than
 * BOUND_TESTED, or the numbers do not fit together); -1: no memory.
 */
int bound_of(uint64_t population, uint64_t tested, uint64_t found, struct bound *ret);

#endif
