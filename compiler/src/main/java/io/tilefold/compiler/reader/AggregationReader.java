package io.tilefold.compiler.reader;

import io.tilefold.compiler.yaml.NearestName;
import io.tilefold.compiler.yaml.YamlObject;
import io.tilefold.core.algebra.Operation;
import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.algebra.Operations;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.time.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Reads one aggregation. */
final class AggregationReader {
    private AggregationReader() {}

    static Aggregation read(YamlObject object) {
        Aggregation aggregation = new Aggregation(
                object.string("inputColumn", "the column that is aggregated"),
                operation(object),
                object.optionalObject("args").map(AggregationReader::args).orElse(OperationArgs.NONE),
                windows(object),
                object.strings("buckets"),
                object.bool("elementWise", false));
        object.finish();
        return aggregation;
    }

    private static String operation(YamlObject object) {
        List<String> known = Operations.all().stream().map(Operation::name).toList();
        String name = object.string("operation", "one of " + String.join(", ", known));
        if (!name.isEmpty() && !known.contains(name)) {
            object.problem("operation", "unknown operation", NearestName.hint(name, known, "known are"));
        }
        return name;
    }

    private static OperationArgs args(YamlObject object) {
        OperationArgs args =
                new OperationArgs(number(object, "k"), object.doubles("percentiles"), number(object, "maxStateBytes"));
        object.finish();
        return args;
    }

    private static OptionalInt number(YamlObject object, String name) {
        OptionalLong number = object.wholeNumber(name, Integer.MIN_VALUE, Integer.MAX_VALUE);
        return number.isPresent() ? OptionalInt.of((int) number.getAsLong()) : OptionalInt.empty();
    }

    private static List<Window> windows(YamlObject object) {
        List<Window> windows = new ArrayList<>();
        List<String> labels = object.strings("windows");
        for (int i = 0; i < labels.size(); i++) {
            try {
                windows.add(Window.parse(labels.get(i)));
            } catch (IllegalArgumentException e) {
                object.problemAt(
                        "windows",
                        i,
                        labels.get(i),
                        "is no window",
                        "a window is a whole number of hours or days: write for example 12h or 7d");
            }
        }
        return windows;
    }
}
