package io.tilefold.compiler.yaml;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Questions to YAML nodes: their line, what they are in words, and what lies at a path. */
final class YamlNodes {
    private static final Pattern STEP = Pattern.compile("\\[(\\d+)]|\\.?([^.\\[]+)");

    private YamlNodes() {}

    static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    /** {@code "a list"}, {@code "text"}. */
    static String describe(Node node) {
        if (node instanceof MappingNode) {
            return "a mapping";
        }
        if (node instanceof SequenceNode) {
            return "a list";
        }
        Tag tag = node.getTag();
        if (tag.equals(Tag.NULL)) {
            return "empty";
        }
        if (tag.equals(Tag.INT)) {
            return "a whole number";
        }
        if (tag.equals(Tag.FLOAT)) {
            return "a number";
        }
        return tag.equals(Tag.BOOL) ? "true or false" : "text";
    }

    /** A scalar as written; empty for lists, mappings and nothing. */
    static String text(Node node) {
        return node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL) ? scalar.getValue() : "";
    }

    /**
     * Value of a scalar with the tag of integers; YAML's octal is {@code 0o17}, a leading zero means nothing.
     *
     * @throws NumberFormatException if it is beyond a long
     */
    static long wholeNumber(Node node) {
        String text = text(node);
        if (text.startsWith("0x")) {
            return Long.parseLong(text, 2, text.length(), 16);
        }
        return text.startsWith("0o") ? Long.parseLong(text, 2, text.length(), 8) : Long.parseLong(text);
    }

    /** Line of the last step of a path that is written. */
    static int lineAt(Node root, String path) {
        int line = line(root);
        Node node = root;
        Matcher step = STEP.matcher(path);
        while (step.find()) {
            if (step.group(1) != null) {
                int index = Integer.parseInt(step.group(1));
                if (!(node instanceof SequenceNode sequence)
                        || index >= sequence.getValue().size()) {
                    return line;
                }
                node = sequence.getValue().get(index);
                line = line(node);
            } else {
                NodeTuple field = field(node, step.group(2));
                if (field == null) {
                    return line;
                }
                // The key's line: the value may stand elsewhere, at an anchor.
                line = line(field.getKeyNode());
                node = field.getValueNode();
            }
        }
        return line;
    }

    private static @Nullable NodeTuple field(Node node, String name) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (text(tuple.getKeyNode()).equals(name)) {
                    return tuple;
                }
            }
        }
        return null;
    }
}
