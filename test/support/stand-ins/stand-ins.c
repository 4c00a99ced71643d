/*
 * A GStreamer plugin for tests: elements that bear the name of a real one and fail as the test wants.
 *
 * LIVE_PUSHER_STAND_INS holds one element a line, its parts separated by tabs:
 *   name, properties separated by blanks, launch text of the first one, launch text of every later one
 * An element is a bin of that launch text, so what fails is made of real elements. It accepts the properties and
 * ignores their values.
 */
#include <gst/gst.h>
#include <string.h>

#define PACKAGE "live-pusher-box"

typedef struct {
  gchar **properties;
  const gchar *first;
  const gchar *later;
  gint made;
} StandIn;

static void ignore_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) {
  (void)object, (void)id, (void)value, (void)spec;
}

static void class_init(gpointer klass, gpointer data) {
  StandIn *self = data;
  GObjectClass *object = G_OBJECT_CLASS(klass);
  object->set_property = ignore_property;
  for (guint i = 0; self->properties[i]; i++)
    g_object_class_install_property(
        object, i + 1,
        g_param_spec_string(self->properties[i], NULL, NULL, NULL, G_PARAM_WRITABLE));
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Stand-in", "Codec/Encoder",
                                        "Fails as a test wants", "LivePusher Box");
  g_type_set_qdata(G_TYPE_FROM_CLASS(klass), g_quark_from_static_string("stand-in"), self);
}

static void instance_init(GTypeInstance *instance, gpointer klass) {
  StandIn *self =
      g_type_get_qdata(G_TYPE_FROM_CLASS(klass), g_quark_from_static_string("stand-in"));
  const gchar *text = g_atomic_int_add(&self->made, 1) == 0 ? self->first : self->later;
  GError *error = NULL;
  GstElement *inner = gst_parse_bin_from_description(text, TRUE, &error);
  if (!inner) g_error("stand-in: %s: %s", text, error->message);
  gst_bin_add(GST_BIN(instance), inner);
  for (GList *pads = inner->pads; pads; pads = pads->next) {
    GstPad *pad = pads->data;
    gst_element_add_pad(GST_ELEMENT(instance), gst_ghost_pad_new(GST_PAD_NAME(pad), pad));
  }
}

static gboolean plugin_init(GstPlugin *plugin) {
  const gchar *wanted = g_getenv("LIVE_PUSHER_STAND_INS");
  gchar **lines = g_strsplit(wanted ? wanted : "", "\n", -1);
  for (gchar **line = lines; *line; line++) {
    gchar **parts = g_strsplit(*line, "\t", 4);
    if (g_strv_length(parts) != 4) return FALSE;
    StandIn *self = g_new0(StandIn, 1);
    self->properties = g_strsplit(parts[1], " ", -1);
    self->first = parts[2];
    self->later = parts[3];
    GTypeInfo info = {.class_size = sizeof(GstBinClass),
                      .class_init = class_init,
                      .class_data = self,
                      .instance_size = sizeof(GstBin),
                      .instance_init = instance_init};
    gchar *type_name = g_strdup_printf("StandIn-%s", parts[0]);
    GType type = g_type_register_static(GST_TYPE_BIN, type_name, &info, 0);
    if (!gst_element_register(plugin, parts[0], GST_RANK_NONE, type)) return FALSE;
  }
  return TRUE;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, standins, "Elements that fail as a test wants",
                  plugin_init, "1.0", "LGPL", "live-pusher-box", "https://example.invalid/")
