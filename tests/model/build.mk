# SPDX-License-Identifier: GPL-2.0-only
#
# Models of the protocols that rewrite code and that switch bodies, and their search by spin.

## model: search every state of the models of rewriting, of switching bodies and of counting (180 s)
.PHONY: model
model:
	@tests/model/check $(O)/tests/model
