// SPDX-License-Identifier: GPL-2.0-only
#include "cli/lib/units.h"
#include "util/util.h"

#define SYSTEMD "org.freedesktop.systemd1"

static void copy_text(sd_bus *bus, const char *path, const char *interface, const char *property, json_object *unit,
		      const char *key)
{
	_cleanup_free_ char *value = NULL;

	if (sd_bus_get_property_string(bus, SYSTEMD, path, interface, property, NULL, &value) < 0)
		value = NULL;
	(void)json_object_object_add(unit, key, json_object_new_string(value ?: ""));
}

json_object *cli_unit_read(sd_bus *bus, const char *name)
{
	json_object *unit = json_object_new_object();
	_cleanup_free_ char *path = NULL;
	uint32_t restarts = 0;

	(void)json_object_object_add(unit, "unit", json_object_new_string(name));
	if (sd_bus_path_encode("/org/freedesktop/systemd1/unit", name, &path) < 0) {
		path = NULL;
		return unit;
	}
	copy_text(bus, path, SYSTEMD ".Unit", "ActiveState", unit, "active");
	copy_text(bus, path, SYSTEMD ".Unit", "SubState", unit, "sub");
	copy_text(bus, path, SYSTEMD ".Unit", "UnitFileState", unit, "enabled");
	copy_text(bus, path, SYSTEMD ".Service", "Result", unit, "result");
	(void)sd_bus_get_property_trivial(bus, SYSTEMD, path, SYSTEMD ".Service", "NRestarts", NULL, 'u', &restarts);
	(void)json_object_object_add(unit, "restarts", json_object_new_uint64(restarts));
	return unit;
}
