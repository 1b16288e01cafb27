package io.tilefold.cli.config;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads one settings record: its defaults, overridden by a flat YAML file, overridden by {@code NAME=VALUE} pairs.
 *
 * <p>A field is a record component by its own name. Every complaint is an {@link InvalidSettingException} that starts with
 * {@code FILE:LINE: field}; nothing unknown, doubled or empty is passed over. Relative paths are relative to the working directory.
 */
public final class SettingsReader<T extends Record> {
    private final T defaults;
    private final Map<String, RecordComponent> components;
    private final Map<String, Object> values = new HashMap<>();
    private final Map<String, String> places = new HashMap<>();

    private SettingsReader(T defaults) {
        this.defaults = defaults;
        this.components = SettingsRecord.components(defaults);
    }

    /** The effective settings; {@code overrides} win over the file. */
    public static <T extends Record> T read(T defaults, Optional<Path> file, List<String> overrides)
            throws IOException {
        SettingsReader<T> reader = new SettingsReader<>(defaults);
        if (file.isPresent()) {
            reader.readFile(file.get());
        }
        for (String override : overrides) {
            reader.readOverride(override);
        }
        return reader.build();
    }

    private void readFile(Path file) throws IOException {
        Optional<Node> root;
        try (InputStream in = Files.newInputStream(file)) {
            LoadSettings load = LoadSettings.builder().setLabel(file.toString()).build();
            root = new Compose(load).composeInputStream(in);
        } catch (NoSuchFileException e) {
            throw new InvalidSettingException("", "configuration file " + file + " does not exist");
        } catch (MarkedYamlEngineException e) {
            String line =
                    e.getProblemMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
            throw new InvalidSettingException("", file + line + ": not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new InvalidSettingException("", file + ": not YAML: " + e.getMessage());
        }
        if (root.isEmpty()) {
            return; // an empty file, or one of comments: all defaults
        }
        if (!(root.get() instanceof MappingNode fields)) {
            throw new InvalidSettingException("", place(file, root.get()) + "must be a list of NAME: VALUE");
        }
        for (NodeTuple field : fields.getValue()) {
            readField(file, field);
        }
    }

    private void readField(Path file, NodeTuple field) {
        String place = place(file, field.getKeyNode());
        String name = field.getKeyNode() instanceof ScalarNode key ? key.getValue() : "?";
        RecordComponent component = component(name, place);
        if (values.containsKey(name)) {
            throw new InvalidSettingException(name, place + name + ": given twice");
        }
        put(component, value(component, field.getValueNode(), place), place);
    }

    private void readOverride(String override) {
        int equals = override.indexOf('=');
        if (equals < 1) {
            throw new InvalidSettingException("", "--set " + override + ": must be NAME=VALUE");
        }
        String name = override.substring(0, equals);
        String text = override.substring(equals + 1);
        String place = "--set " + override + ": ";
        RecordComponent component = component(name, place);
        if (!SettingType.isList(component.getGenericType())) {
            put(component, parse(component, text, place), place);
            return;
        }
        List<Object> elements = new ArrayList<>();
        for (String element : text.split(",")) {
            elements.add(parse(component, element.strip(), place));
        }
        put(component, List.copyOf(elements), place);
    }

    private RecordComponent component(String name, String place) {
        RecordComponent component = components.get(name);
        if (component != null) {
            return component;
        }
        String hint = NearestName.of(name, components.keySet())
                .map(nearest -> "did you mean " + nearest + "?")
                .orElse("known are " + String.join(", ", components.keySet()));
        throw new InvalidSettingException(name, place + name + ": unknown field; " + hint);
    }

    private static Object value(RecordComponent component, Node node, String place) {
        boolean list = SettingType.isList(component.getGenericType());
        if (list && node instanceof SequenceNode sequence) {
            return sequence.getValue().stream()
                    .map(element -> scalar(component, element, place))
                    .toList();
        }
        return list ? List.of(scalar(component, node, place)) : scalar(component, node, place);
    }

    private static Object scalar(RecordComponent component, Node node, String place) {
        if (node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)) {
            return parse(component, scalar.getValue(), place);
        }
        String what = SettingType.of(component.getGenericType()).what;
        throw new InvalidSettingException(component.getName(), place + component.getName() + ": must be " + what);
    }

    private static Object parse(RecordComponent component, String text, String place) {
        SettingType type = SettingType.of(component.getGenericType());
        try {
            return type.parse(text);
        } catch (IllegalArgumentException e) {
            String name = component.getName();
            throw new InvalidSettingException(name, place + name + ": '" + text + "' is not " + type.what);
        }
    }

    private void put(RecordComponent component, Object value, String place) {
        values.put(component.getName(), value);
        places.put(component.getName(), place);
    }

    private static String place(Path file, Node node) {
        return file
                + node.getStartMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("") + ": ";
    }

    private T build() {
        try {
            return SettingsRecord.with(defaults, values);
        } catch (InvalidSettingException e) {
            throw e.at(places.getOrDefault(e.field(), ""));
        }
    }
}
