#include "write/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zstd.h>

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work, ready;
	struct packed *head, *tail; /* in order; all not yet given back */
	struct packed *todo;        /* first one no thread has taken */
	unsigned under_way, n_threads, limit;
	bool stop;
	int level;
	ZSTD_CDict *dict;
	pthread_t thread[16];
};

static void *
run(void *arg)
{
	struct pool *p = arg;
	ZSTD_CCtx *c = ZSTD_createCCtx();

	/* rows come first: blocks can wait, up to a limit */
	setpriority(PRIO_PROCESS, (id_t)gettid(), 5);
	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct packed *b;
		int rc;

		while (p->todo == NULL && !p->stop)
			pthread_cond_wait(&p->work, &p->lock);
		if (p->todo == NULL)
			break;
		b = p->todo;
		p->todo = b->next;
		pthread_mutex_unlock(&p->lock);
		rc = packed_digest(b) ? -1 :
		    b->stored         ? 0 :
		    c                 ? packed_compress(b, c, p->dict, p->level) :
					-1;
		pthread_mutex_lock(&p->lock);
		b->failed = rc != 0;
		b->done = true;
		pthread_cond_broadcast(&p->ready);
	}
	pthread_mutex_unlock(&p->lock);
	ZSTD_freeCCtx(c);
	return NULL;
}

struct pool *
pool_new(unsigned threads, int level, const void *dict, size_t dict_len, struct err *e)
{
	struct pool *p = calloc(1, sizeof *p);

	if (p == NULL) {
		err_nomem(e);
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->ready, NULL);
	p->level = level;
	if (dict && (p->dict = ZSTD_createCDict(dict, dict_len, level)) == NULL) {
		err_nomem(e);
		pool_free(p);
		return NULL;
	}
	if (threads > 16)
		threads = 16;
	p->limit = threads * 2 + 2;
	while (p->n_threads < threads)
		if (pthread_create(&p->thread[p->n_threads], NULL, run, p) == 0)
			p->n_threads++;
		else
			break;
	if (p->n_threads == 0) {
		err_set(e, EX_OS_ERR, "no thread could be started");
		pool_free(p);
		return NULL;
	}
	return p;
}

void
pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	p->todo = NULL;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++)
		pthread_join(p->thread[i], NULL);
	while (p->head) {
		struct packed *b = p->head;

		p->head = b->next;
		packed_free(b);
	}
	ZSTD_freeCDict(p->dict);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->ready);
	free(p);
}

void
pool_put(struct pool *p, struct packed *b)
{
	pthread_mutex_lock(&p->lock);
	b->next = NULL;
	if (p->tail)
		p->tail->next = b;
	else
		p->head = b;
	p->tail = b;
	if (p->todo == NULL)
		p->todo = b;
	p->under_way++;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

struct packed *
pool_get(struct pool *p, bool wait)
{
	struct packed *b;

	pthread_mutex_lock(&p->lock);
	while (p->head && !p->head->done && (wait || p->under_way > p->limit))
		pthread_cond_wait(&p->ready, &p->lock);
	b = p->head && p->head->done ? p->head : NULL;
	if (b) {
		p->head = b->next;
		if (p->head == NULL)
			p->tail = NULL;
		p->under_way--;
	}
	pthread_mutex_unlock(&p->lock);
	return b;
}
