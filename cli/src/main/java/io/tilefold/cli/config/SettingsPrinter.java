package io.tilefold.cli.config;

import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.regex.Pattern;

/** Writes settings as the YAML that {@link SettingsReader} reads, each field under a comment that says what it is. */
public final class SettingsPrinter {
    private static final Pattern PLAIN = Pattern.compile("(?!(?i:null)$)[A-Za-z0-9_./][A-Za-z0-9_./:-]*");

    private SettingsPrinter() {}

    public static String print(Record settings) {
        StringBuilder text = new StringBuilder();
        for (RecordComponent component : SettingsRecord.components(settings).values()) {
            if (!text.isEmpty()) {
                text.append('\n');
            }
            for (String line : SettingsRecord.description(component).split("\n")) {
                text.append("# ").append(line).append('\n');
            }
            Object value = SettingsRecord.value(settings, component);
            text.append(component.getName()).append(": ").append(yaml(value)).append('\n');
        }
        return text.toString();
    }

    private static String yaml(Object value) {
        if (value instanceof List<?> list) {
            return "["
                    + String.join(", ", list.stream().map(SettingsPrinter::yaml).toList()) + "]";
        }
        String text = value.toString();
        boolean plain = value instanceof Number || PLAIN.matcher(text).matches() && !text.endsWith(":");
        return plain ? text : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
