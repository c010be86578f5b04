# SPDX-License-Identifier: GPL-2.0-only
#
# A model of the rewriting protocol, and its search by spin.

## model: search every state of the model of the rewriting protocol (90 s)
.PHONY: model
model:
	@tests/model/check $(O)/tests/model
