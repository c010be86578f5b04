/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_LINUX_LIST_H
#define ENGINE_LINUX_LIST_H

#include <linux/types.h>

#define container_of(p, type, member)				\
	({							\
		char *member_ = (char *)(p);			\
		(type *)(member_ - offsetof(type, member));	\
	})

#define LIST_HEAD(name) struct list_head name = { &(name), &(name) }

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline void __list_add(struct list_head *entry, struct list_head *prev,
			      struct list_head *next)
{
	next->prev = entry;
	entry->next = next;
	entry->prev = prev;
	prev->next = entry;
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	__list_add(entry, head, head->next);
}

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	__list_add(entry, head->prev, head);
}

static inline void list_del(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	entry->next = NULL;
	entry->prev = NULL;
}

static inline int list_empty(const struct list_head *head)
{
	return head->next == head;
}

/* Moves all of @list to the front of @head. */
static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	if (list_empty(list))
		return;
	list->prev->next = head->next;
	head->next->prev = list->prev;
	list->next->prev = head;
	head->next = list->next;
	INIT_LIST_HEAD(list);
}

#define list_entry(p, type, member)		container_of(p, type, member)
#define list_first_entry(head, type, member)	list_entry((head)->next, type, member)
#define list_next_entry(p, member)		list_entry((p)->member.next, __typeof__(*(p)), member)

#define list_for_each_entry(p, head, member)				\
	for (p = list_first_entry(head, __typeof__(*p), member);	\
	     &p->member != (head);					\
	     p = list_next_entry(p, member))

#define list_for_each_entry_safe(p, n, head, member)				\
	for (p = list_first_entry(head, __typeof__(*p), member),		\
	    n = list_next_entry(p, member);					\
	     &p->member != (head);						\
	     p = n, n = list_next_entry(n, member))

#endif /* ENGINE_LINUX_LIST_H */
