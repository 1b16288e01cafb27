package io.tilefold.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rows of keys in a file: one JSON object a line, its values strings, whole numbers, fractions, true or false. */
final class KeyFile {
    private static final JsonFactory JSON = new JsonFactory();

    private KeyFile() {}

    /** @throws IOException naming the file, the line and what is wrong */
    static List<Map<String, Object>> read(Path file) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new IOException("keys file " + file + " does not exist", e);
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                try {
                    rows.add(row(lines.get(i)));
                } catch (IOException e) {
                    throw new IOException(
                            file + ":" + (i + 1) + ": not a row like {\"origin\":\"JFK\",\"destination\":\"LAX\"}: "
                                    + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                            e);
                }
            }
        }
        if (rows.isEmpty()) {
            throw new IOException("keys file " + file + " has no rows");
        }
        return rows;
    }

    private static Map<String, Object> row(String line) throws IOException {
        Map<String, Object> row = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                row.put(name, value(name, parser, parser.nextToken()));
            }
        }
        return row;
    }

    private static Object value(String name, JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw new IOException("key " + name + " is no string, number or boolean");
        };
    }
}
