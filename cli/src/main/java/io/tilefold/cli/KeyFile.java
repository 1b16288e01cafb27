package io.tilefold.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tilefold.client.TargetDescription;
import io.tilefold.core.value.ValueType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows of keys in a file: one JSON object a line, its values as the target's types say. */
final class KeyFile {
    private static final JsonFactory JSON = new JsonFactory();

    private KeyFile() {}

    /** @throws IOException naming the file, the line and what is wrong */
    static List<Map<String, @Nullable Object>> read(Path file, TargetDescription target) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new IOException("keys file " + file + " does not exist", e);
        }
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                try {
                    rows.add(row(lines.get(i), target));
                } catch (IOException e) {
                    throw new IOException(
                            file + ":" + (i + 1) + ": not a row like {\"origin\":\"JFK\",\"destination\":\"LAX\"}: "
                                    + TypedText.firstLine(e),
                            e);
                }
            }
        }
        if (rows.isEmpty()) {
            throw new IOException("keys file " + file + " has no rows");
        }
        return rows;
    }

    private static Map<String, @Nullable Object> row(String line, TargetDescription target) throws IOException {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                ValueType type = TypedText.type(name, target)
                        .orElseThrow(() -> new IOException("there is neither a key nor a contextual field " + name
                                + ", the keys are " + target.keys().names()));
                try {
                    row.put(name, TypedJson.read(parser, type));
                } catch (IOException e) {
                    throw new IOException("key " + name + ": " + TypedText.firstLine(e), e);
                }
            }
            TypedJson.checkEnd(parser);
        }
        return row;
    }
}
