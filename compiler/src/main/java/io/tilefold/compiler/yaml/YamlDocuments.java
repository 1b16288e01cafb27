package io.tilefold.compiler.yaml;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** The documents of a YAML file, separated by {@code ---}. Each is a mapping; empty ones are skipped. Anchors, aliases and merge keys work. Files are at most 3 MB. */
public final class YamlDocuments {
    private YamlDocuments() {}

    /** Reads a file. What cannot be read, or is no YAML, becomes a problem; the documents before it are returned. */
    public static List<YamlObject> read(Path file, Problems problems) {
        String name = file.toString();
        try {
            return parse(name, Files.readString(file), problems);
        } catch (CharacterCodingException e) {
            problems.add(new Problem(name, 0, "", "", "is not UTF-8", "save the file as UTF-8"));
        } catch (IOException e) {
            problems.add(new Problem(name, 0, "", "", "cannot be read: " + e, "check that it exists and is readable"));
        }
        return List.of();
    }

    /** Reads text that stands in {@code file}. */
    public static List<YamlObject> parse(String file, String text, Problems problems) {
        List<YamlObject> documents = new ArrayList<>();
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file)
                .setSchema(new CoreSchema())
                .build();
        try {
            for (Node root : new Compose(settings).composeAllFromString(text)) {
                if (root instanceof MappingNode mapping) {
                    documents.add(new YamlObject(file, "", mapping, problems));
                } else if (!root.getTag().equals(Tag.NULL)) {
                    problems.add(new Problem(
                            file,
                            YamlNodes.line(root),
                            "",
                            "",
                            "is " + YamlNodes.describe(root),
                            "write fields: name: value"));
                }
            }
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
            problems.add(new Problem(
                    file,
                    mark.map(at -> at.getLine() + 1).orElse(0),
                    "",
                    "",
                    "is no YAML: " + (e.getContext() == null ? "" : e.getContext() + ", ") + e.getProblem(),
                    "check the indentation, quotes and brackets around this line"));
        } catch (YamlEngineException e) {
            problems.add(new Problem(file, 0, "", "", "is no YAML: " + e.getMessage(), ""));
        }
        return documents;
    }
}
