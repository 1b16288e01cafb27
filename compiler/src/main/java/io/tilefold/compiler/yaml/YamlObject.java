package io.tilefold.compiler.yaml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A YAML mapping read field by field. Each accessor checks the field's type; what is wrong goes to {@link Problems} and the accessor
 * answers as if the field were absent, so that reading goes on and finds the rest. Ask for every field there may be, then call
 * {@link #finish()}: fields nobody asked for are refused, with the nearest that was asked for.
 *
 * <p>Text fields take any scalar as it is written. Not thread safe.
 */
public final class YamlObject {
    private final String file;
    private final String path;
    private final MappingNode node;
    private final Problems problems;
    private final Map<String, NodeTuple> fields = new LinkedHashMap<>();
    private final Set<String> asked = new LinkedHashSet<>();

    YamlObject(String file, String path, MappingNode node, Problems problems) {
        this.file = file;
        this.path = path;
        this.node = node;
        this.problems = problems;
        for (NodeTuple tuple : node.getValue()) {
            String name = YamlNodes.text(tuple.getKeyNode());
            NodeTuple before = fields.putIfAbsent(name, tuple);
            if (before != null) {
                problems.add(new Problem(
                        file,
                        YamlNodes.line(tuple.getKeyNode()),
                        pathOf(name),
                        YamlNodes.text(tuple.getValueNode()),
                        "appears twice, first in line " + YamlNodes.line(before.getKeyNode()),
                        "keep one"));
            }
        }
    }

    /** Where this object's document is; paths are from the document's root, so ask it of a root. */
    public Location location() {
        return new Location() {
            @Override
            public String file() {
                return file;
            }

            @Override
            public int line(String fieldPath) {
                return YamlNodes.lineAt(node, fieldPath);
            }
        };
    }

    public boolean has(String field) {
        asked.add(field);
        return fields.containsKey(field);
    }

    /** The fields as written, in order: for mappings whose keys are names. All count as asked for. */
    public List<String> names() {
        asked.addAll(fields.keySet());
        return List.copyOf(fields.keySet());
    }

    /** Text that must be there; empty after a problem. */
    public String string(String field, String hintIfMissing) {
        if (!has(field)) {
            missing(field, hintIfMissing);
        }
        return optionalString(field).orElse("");
    }

    public Optional<String> optionalString(String field) {
        return value(field).flatMap(value -> textOf(pathOf(field), lineOf(field), value));
    }

    public boolean bool(String field, boolean otherwise) {
        return value(field)
                .flatMap(value -> {
                    if (value.getTag().equals(Tag.BOOL)) {
                        return Optional.of(Boolean.valueOf(YamlNodes.text(value)));
                    }
                    wrongType(pathOf(field), lineOf(field), value, "true or false");
                    return Optional.empty();
                })
                .orElse(otherwise);
    }

    /** A whole number from {@code min} to {@code max}. */
    public OptionalLong wholeNumber(String field, long min, long max) {
        Node value = value(field).orElse(null);
        if (value == null) {
            return OptionalLong.empty();
        }
        String range = "a whole number from " + min + " to " + max;
        if (!value.getTag().equals(Tag.INT)) {
            wrongType(pathOf(field), lineOf(field), value, range);
            return OptionalLong.empty();
        }
        try {
            long number = YamlNodes.wholeNumber(value);
            if (number >= min && number <= max) {
                return OptionalLong.of(number);
            }
        } catch (NumberFormatException e) {
            // Beyond a long, so beyond the range.
        }
        problem(field, "is out of range", "write " + range);
        return OptionalLong.empty();
    }

    public List<Double> doubles(String field) {
        return items(field, (itemPath, item) -> {
            OptionalDouble number = doubleOf(item);
            if (number.isEmpty()) {
                wrongType(itemPath, YamlNodes.line(item), item, "a number");
            }
            return number.isEmpty() ? Optional.empty() : Optional.of(number.getAsDouble());
        });
    }

    /** A list of texts; empty if absent. */
    public List<String> strings(String field) {
        return items(field, (itemPath, item) -> textOf(itemPath, YamlNodes.line(item), item));
    }

    /** A list of mappings; empty if absent. */
    public List<YamlObject> objects(String field) {
        return items(field, (itemPath, item) -> objectOf(itemPath, YamlNodes.line(item), item));
    }

    public Optional<YamlObject> optionalObject(String field) {
        return value(field).flatMap(value -> objectOf(pathOf(field), lineOf(field), value));
    }

    /** A mapping that must be there; empty after a problem. */
    public Optional<YamlObject> object(String field, String hintIfMissing) {
        if (!has(field)) {
            missing(field, hintIfMissing);
        }
        return optionalObject(field);
    }

    /** A mapping of names to texts, in order; empty if absent. */
    public Map<String, String> stringMap(String field) {
        Map<String, String> map = new LinkedHashMap<>();
        optionalObject(field)
                .ifPresent(object -> object.names()
                        .forEach(name -> object.optionalString(name).ifPresent(value -> map.put(name, value))));
        return map;
    }

    /** A constant of an enum, in any case. */
    public <E extends Enum<E>> Optional<E> oneOf(String field, Class<E> type) {
        String text = optionalString(field).orElse(null);
        if (text == null) {
            return Optional.empty();
        }
        List<E> constants = Arrays.asList(type.getEnumConstants());
        Optional<E> found = constants.stream()
                .filter(constant -> constant.name().equalsIgnoreCase(text))
                .findFirst();
        if (found.isEmpty()) {
            List<String> names = constants.stream().map(Enum::name).toList();
            problem(field, "is unknown", NearestName.hint(text, names, "it is one of"));
        }
        return found;
    }

    /** Refuses the fields nobody asked for. Call it last. */
    public void finish() {
        for (String field : fields.keySet()) {
            if (!asked.contains(field)) {
                problem(field, "unknown field", NearestName.hint(field, asked, "known are"));
            }
        }
    }

    /** Reports what is wrong with a field that is there, or its absence at this object's line. */
    public void problem(String field, String problem, String hint) {
        NodeTuple tuple = fields.get(field);
        String value = tuple == null ? "" : YamlNodes.text(tuple.getValueNode());
        problems.add(new Problem(file, lineOf(field), pathOf(field), value, problem, hint));
    }

    /** Reports what is wrong with an item of a list, for example {@code item("windows", 1, ..)}. */
    public void problemAt(String field, int index, String value, String problem, String hint) {
        String itemPath = pathOf(field) + "[" + index + "]";
        problems.add(new Problem(file, lineOf(field), itemPath, value, problem, hint));
    }

    public void missing(String field, String hint) {
        problem(field, "is missing", hint);
    }

    private int lineOf(String field) {
        NodeTuple tuple = fields.get(field);
        return YamlNodes.line(tuple == null ? node : tuple.getKeyNode());
    }

    private String pathOf(String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    private Optional<Node> value(String field) {
        asked.add(field);
        NodeTuple tuple = fields.get(field);
        if (tuple == null) {
            return Optional.empty();
        }
        Node value = tuple.getValueNode();
        if (value.getTag().equals(Tag.NULL)) {
            problem(field, "is empty", "give a value, or leave the field out");
            return Optional.empty();
        }
        return Optional.of(value);
    }

    private <T> List<T> items(String field, BiFunction<String, Node, Optional<T>> read) {
        Node value = value(field).orElse(null);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof SequenceNode sequence)) {
            wrongType(pathOf(field), lineOf(field), value, "a list");
            return List.of();
        }
        List<T> items = new ArrayList<>();
        for (int i = 0; i < sequence.getValue().size(); i++) {
            read.apply(pathOf(field) + "[" + i + "]", sequence.getValue().get(i))
                    .ifPresent(items::add);
        }
        return items;
    }

    private Optional<String> textOf(String at, int line, Node value) {
        if (value instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)) {
            return Optional.of(scalar.getValue());
        }
        wrongType(at, line, value, "text");
        return Optional.empty();
    }

    private Optional<YamlObject> objectOf(String at, int line, Node value) {
        if (value instanceof MappingNode mapping) {
            return Optional.of(new YamlObject(file, at, mapping, problems));
        }
        wrongType(at, line, value, "a mapping");
        return Optional.empty();
    }

    private static OptionalDouble doubleOf(Node value) {
        if (value.getTag().equals(Tag.INT) || value.getTag().equals(Tag.FLOAT)) {
            try {
                return OptionalDouble.of(Double.parseDouble(YamlNodes.text(value)));
            } catch (NumberFormatException e) {
                // .inf, .nan and 0x10: no numbers anyone wants here.
            }
        }
        return OptionalDouble.empty();
    }

    private void wrongType(String at, int line, Node value, String wanted) {
        problems.add(new Problem(
                file,
                line,
                at,
                YamlNodes.text(value),
                "is " + YamlNodes.describe(value) + ", not " + wanted,
                example(wanted)));
    }

    private static String example(String wanted) {
        return switch (wanted) {
            case "a list" -> "write [a, b], or one \"- item\" per line";
            case "a mapping" -> "write {name: value}, or one \"name: value\" per line";
            default -> "write " + wanted;
        };
    }
}
