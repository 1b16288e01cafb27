package io.tilefold.cli;

import io.tilefold.client.TargetDescription;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Values as people type them on a command line. */
final class TypedText {
    private TypedText() {}

    /**
     * Reads a moment: {@code 2001-06-01T12:00:00Z} or epoch milliseconds.
     *
     * @throws IllegalArgumentException with both forms
     */
    static Instant moment(String text) {
        try {
            return text.matches("-?[0-9]+") ? Instant.ofEpochMilli(Long.parseLong(text)) : Instant.parse(text);
        } catch (DateTimeException | NumberFormatException e) {
            throw new IllegalArgumentException(
                    "time \"" + text + "\" is neither like 2001-06-01T12:00:00Z nor epoch milliseconds", e);
        }
    }

    /**
     * Reads keys as their types say, lists, maps and structs as JSON; a name the target does not have is sent as a string, so that the server can name it.
     *
     * @throws IllegalArgumentException naming the key, its value and its type
     */
    static Map<String, @Nullable Object> keys(Map<String, String> texts, TargetDescription target) {
        Map<String, @Nullable Object> keys = new LinkedHashMap<>();
        texts.forEach((name, text) ->
                keys.put(name, key(name, text, type(name, target).orElse(ValueType.Scalar.STRING))));
        return keys;
    }

    /** Type of a key or contextual field; empty if the target has none of this name. */
    static Optional<ValueType> type(String name, TargetDescription target) {
        return target.keys().find(name).or(() -> target.contextual().find(name)).map(Field::type);
    }

    private static @Nullable Object key(String name, String text, ValueType type) {
        try {
            if (type.isInteger()) {
                return Long.parseLong(text);
            }
            if (type == ValueType.Scalar.FLOAT) {
                return Float.parseFloat(text);
            }
            if (type == ValueType.Scalar.DOUBLE) {
                return Double.parseDouble(text);
            }
            if (type == ValueType.Scalar.BOOLEAN && (text.equals("true") || text.equals("false"))) {
                return text.equals("true");
            }
            if (type == ValueType.Scalar.BINARY) {
                return HexFormat.of().parseHex(text);
            }
            if (type == ValueType.Scalar.STRING) {
                return text;
            }
            if (!(type instanceof ValueType.Scalar)) {
                return TypedJson.read(text, type);
            }
        } catch (IllegalArgumentException e) {
            throw notOfType(name, text, type, e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "key " + name + "=" + text + " is no JSON of " + type + ": " + firstLine(e), e);
        }
        throw notOfType(name, text, type, null);
    }

    /** What a JSON parser says, without where in its buffers. */
    static String firstLine(IOException malformed) {
        return String.valueOf(malformed.getMessage()).lines().findFirst().orElse("");
    }

    private static IllegalArgumentException notOfType(
            String name, String text, ValueType type, @Nullable Exception cause) {
        return new IllegalArgumentException("key " + name + "=" + text + " is no " + type, cause);
    }
}
