package io.tilefold.core.plan;

import io.tilefold.core.algebra.Accumulator;
import io.tilefold.core.algebra.InputForm;
import io.tilefold.core.algebra.Operation;
import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.algebra.Operations;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Names;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A GroupBy compiled: which columns a row has, which states a tile has, which windows there are, and which (state, window) pairs are the
 * outputs. Batch, ingest and serving execute this and nothing else. Immutable, shared by threads; equal definitions and types give equal
 * plans.
 *
 * <p>Aggregations that differ in windows alone share one state; so do those whose state is part of another's over the same input: count, sum and average
 * keep one, in that of a kurtosis is that of a variance (decision 0032).
 *
 * <p>Without aggregations the columns other than the keys are the outputs: each is the last of the one row that a key has, over all of history, empty lists and maps
 * as they are.
 */
public final class GroupByPlan {
    private final String name;
    private final Accuracy accuracy;
    private final boolean mutable;
    private final Schema row;
    private final Schema keys;
    private final int[] keyColumns;
    private final TileLayout tiles;
    private final List<Window> windows;
    private final List<Output> outputs;
    private final Schema outputSchema;
    private final boolean passesThrough;

    /**
     * @param state index in {@link #tiles()}
     * @param accumulator what finishes the state: not always the one that keeps it
     * @param window index in {@link #windows()}
     */
    public record Output(String name, ValueType type, int state, Accumulator accumulator, int window) {
        private Output in(int otherState) {
            return new Output(name, type, otherState, accumulator, window);
        }
    }

    private record StateKey(
            String inputColumn,
            String operation,
            OperationArgs args,
            @Nullable String bucket,
            boolean elementWise) {}

    private GroupByPlan(
            GroupBy definition,
            Schema row,
            int[] keyColumns,
            TileLayout tiles,
            List<Window> windows,
            List<Output> outputs) {
        this.name = definition.name();
        this.accuracy = definition.accuracy();
        this.mutable = definition.isMutable();
        this.row = row;
        this.keyColumns = keyColumns;
        this.keys = new Schema(definition.keys().stream()
                .map(key -> row.field(row.indexOf(key)))
                .toList());
        this.tiles = tiles;
        this.windows = windows;
        this.outputs = outputs;
        this.passesThrough = definition.aggregations().isEmpty();
        this.outputSchema = new Schema(outputs.stream()
                .map(output -> new Field(output.name(), output.type()))
                .toList());
    }

    /**
     * Compiles a definition.
     *
     * @param selected the columns its queries select: the row's layout, in this order
     * @throws DefinitionException naming the GroupBy, the field and what to write instead
     */
    public static GroupByPlan compile(GroupBy definition, Schema selected) {
        return new Compiler(definition, selected).compile();
    }

    public String name() {
        return name;
    }

    public Accuracy accuracy() {
        return accuracy;
    }

    /** True if events may be taken back: its states keep what that needs. */
    public boolean isMutable() {
        return mutable;
    }

    /** True if there are no aggregations: the columns of a key's one row are its outputs. */
    public boolean passesThrough() {
        return passesThrough;
    }

    /** Columns of an event's flat row: all that is selected. */
    public Schema row() {
        return row;
    }

    /** The key's columns, in key order. */
    public Schema keys() {
        return keys;
    }

    public List<ValueType> keyTypes() {
        return keys.fields().stream().map(Field::type).toList();
    }

    /** Indexes of the key's columns in {@link #row()}, in key order. */
    public int[] keyColumns() {
        return keyColumns.clone();
    }

    public TileLayout tiles() {
        return tiles;
    }

    /** Distinct windows by length, short ones first, all of history last. */
    public List<Window> windows() {
        return windows;
    }

    /** Time of the first event that any window covers at {@code q}; {@link Long#MIN_VALUE} if one is all of history, or there is none. */
    public long tail(long q) {
        return windows.stream().mapToLong(window -> window.tail(q)).min().orElse(Long.MIN_VALUE);
    }

    public boolean hasUnbounded() {
        return !windows.isEmpty() && windows.get(windows.size() - 1).isUnbounded();
    }

    /** In the definition's order: per aggregation, per window, per bucket; without aggregations per column of the row that is no key. */
    public List<Output> outputs() {
        return outputs;
    }

    /** Names and types of the outputs; without aggregations the row's columns other than the keys, which pass through. */
    public Schema outputSchema() {
        return outputSchema;
    }

    /** One compilation. */
    private static final class Compiler {
        private final GroupBy definition;
        private final Schema selected;
        private final Map<StateKey, Integer> states = new LinkedHashMap<>();
        private final List<Accumulator> accumulators = new ArrayList<>();
        private final List<Integer> inputs = new ArrayList<>();
        private final List<StateBounds.Origin> stateOrigins = new ArrayList<>();
        private final List<Window> windows;

        Compiler(GroupBy definition, Schema selected) {
            this.definition = definition;
            this.selected = selected;
            TreeSet<Long> lengths = new TreeSet<>();
            definition.aggregations().stream()
                    .flatMap(aggregation -> aggregation.effectiveWindows().stream())
                    .forEach(window -> lengths.add(window.lengthMs()));
            if (definition.aggregations().isEmpty()) {
                lengths.add(Window.UNBOUNDED_MS);
            }
            this.windows = lengths.stream().map(Compiler::anyOfLength).toList();
        }

        private static Window anyOfLength(long lengthMs) {
            return lengthMs == Window.UNBOUNDED_MS ? Window.ALL : new Window(lengthMs, lengthMs / 3_600_000 + "h");
        }

        GroupByPlan compile() {
            int[] keyColumns = definition.keys().stream()
                    .mapToInt(key -> column("keys", key))
                    .toArray();
            List<Output> outputs = new ArrayList<>();
            for (int i = 0; i < definition.aggregations().size(); i++) {
                expand(definition.aggregations().get(i), "aggregations[" + i + "]", outputs);
            }
            if (definition.aggregations().isEmpty()) {
                passThrough(outputs);
            }
            Map<String, String> seen = new LinkedHashMap<>();
            for (Output output : outputs) {
                if (seen.put(output.name(), output.name()) != null) {
                    throw problem(
                            "aggregations",
                            "two outputs are named " + output.name(),
                            "drop one: outputs that differ only in their args cannot stand in one GroupBy");
                }
            }
            int[] holders = Accumulator.sharedStates(accumulators, inputs);
            List<Integer> kept = IntStream.range(0, holders.length)
                    .filter(state -> holders[state] == state)
                    .boxed()
                    .toList();
            TileLayout tiles = new TileLayout(
                    kept.stream().map(accumulators::get).toList(),
                    kept.stream().map(inputs::get).toList());
            StateBounds.check(
                    definition.name(),
                    tiles,
                    kept.stream().map(stateOrigins::get).toList());
            return new GroupByPlan(
                    definition,
                    selected,
                    keyColumns,
                    tiles,
                    windows,
                    outputs.stream()
                            .map(output -> output.in(kept.indexOf(holders[output.state()])))
                            .toList());
        }

        private void passThrough(List<Output> outputs) {
            Operation last = Operations.find("last").orElseThrow();
            List<Field> columns = selected.fields().stream()
                    .filter(field -> !definition.keys().contains(field.name()))
                    .toList();
            // Whatever grows may do so in equal shares, so that many columns of text are no reason to refuse.
            int share = TileLayout.MAX_LENGTH / 2 / Math.max(1, columns.size()) / Long.BYTES * Long.BYTES;
            int bound = Math.max(TileLayout.LEAST_BLOB_BOUND, Math.min(TileLayout.DEFAULT_BLOB_BOUND, share));
            for (Field column : columns) {
                Accumulator state = last.accumulator(column.type(), OperationArgs.NONE.withMaxStateBytes(bound), false);
                accumulators.add(state);
                inputs.add(selected.indexOf(column.name()));
                stateOrigins.add(new StateBounds.Origin("sources", "column " + column.name()));
                outputs.add(
                        new Output(column.name(), column.type(), accumulators.size() - 1, state, indexOf(Window.ALL)));
            }
        }

        private void expand(Aggregation aggregation, String field, List<Output> outputs) {
            Operation operation = Operations.find(aggregation.operation())
                    .orElseThrow(() -> problem(
                            field + ".operation",
                            "unknown operation " + aggregation.operation(),
                            "known are "
                                    + String.join(
                                            ", ",
                                            Operations.all().stream()
                                                    .map(Operation::name)
                                                    .toList())));
            operation.problemWith(aggregation.args()).ifPresent(what -> {
                throw problem(
                        field + ".args", operation.name() + ": " + what, "write the args that the operation takes");
            });
            aggregation.args().problemWithBound().ifPresent(what -> {
                throw problem(
                        field + ".args.maxStateBytes",
                        operation.name() + " of " + aggregation.inputColumn() + ": " + what,
                        "leave it out for " + TileLayout.DEFAULT_BLOB_BOUND);
            });
            int input = column(field + ".inputColumn", aggregation.inputColumn());
            ValueType type = selected.field(input).type();
            checkForm(aggregation, field, operation, type);
            InputForm form = InputForm.of(operation, type, aggregation.elementWise());
            if (!operation.accepts(form.inputType(type))) {
                throw problem(
                        field + ".inputColumn",
                        operation.name() + " does not take " + aggregation.inputColumn() + " of type " + type,
                        "it takes " + operation.acceptedInputs() + ": cast the column in selects");
            }
            List<@Nullable String> buckets = new ArrayList<>(aggregation.buckets());
            if (buckets.isEmpty()) {
                buckets.add(null);
            }
            for (Window window : aggregation.effectiveWindows()) {
                for (String bucket : buckets) {
                    int state = state(aggregation, field, operation, form, input, bucket);
                    ValueType value = form.outputType(operation.outputType(form.inputType(type), aggregation.args()));
                    outputs.add(new Output(
                            Names.output(
                                    aggregation.inputColumn(), operation.suffix(aggregation.args()), window, bucket),
                            bucket == null ? value : new ValueType.MapType(value),
                            state,
                            accumulators.get(state),
                            indexOf(window)));
                }
            }
        }

        private void checkForm(Aggregation aggregation, String field, Operation operation, ValueType type) {
            String column = aggregation.inputColumn();
            if (aggregation.elementWise()) {
                if (!InputForm.isElementWise(operation, type)) {
                    throw problem(
                            field + ".elementWise",
                            operation.takesWhole()
                                    ? operation.name() + " takes a list whole"
                                    : column + " is of type " + type + ", not a list of scalars",
                            "elementWise is for lists of scalars, and not for first and last kinds: remove it");
                }
                if (!aggregation.buckets().isEmpty()) {
                    throw problem(
                            field + ".buckets",
                            "elementWise with buckets " + aggregation.buckets(),
                            "element-wise aggregations take no buckets: remove one of the two");
                }
            }
            if (type instanceof ValueType.MapType && !aggregation.buckets().isEmpty()) {
                throw problem(
                        field + ".buckets",
                        column + " is of type " + type + ": a map takes no buckets",
                        "remove buckets: an aggregation over a map already gives a value for each of its keys");
            }
        }

        private int state(
                Aggregation aggregation,
                String field,
                Operation operation,
                InputForm form,
                int input,
                @Nullable String bucket) {
            StateKey key = new StateKey(
                    aggregation.inputColumn(), operation.name(), aggregation.args(), bucket, aggregation.elementWise());
            Integer known = states.get(key);
            if (known != null) {
                return known;
            }
            ValueType type = form.inputType(selected.field(input).type());
            Accumulator accumulator = form.accumulator(
                    operation.accumulator(type, aggregation.args(), definition.isMutable()), aggregation.args());
            if (bucket != null) {
                int column = column(field + ".buckets", bucket);
                if (selected.field(column).type() != ValueType.Scalar.STRING) {
                    throw problem(
                            field + ".buckets",
                            "bucket " + bucket + " is of type "
                                    + selected.field(column).type(),
                            "a bucket is a string: select CAST(" + bucket + " AS STRING)");
                }
                accumulator = Operations.bucketed(accumulator, column, aggregation.args());
            }
            accumulators.add(accumulator);
            stateOrigins.add(new StateBounds.Origin(field, operation.name() + " of " + aggregation.inputColumn()));
            inputs.add(input);
            states.put(key, accumulators.size() - 1);
            return accumulators.size() - 1;
        }

        private int indexOf(Window window) {
            for (int i = 0; i < windows.size(); i++) {
                if (windows.get(i).lengthMs() == window.lengthMs()) {
                    return i;
                }
            }
            throw new AssertionError(window);
        }

        private int column(String field, String column) {
            int index = selected.indexOf(column);
            if (index < 0) {
                throw problem(
                        field,
                        "column " + column + " is not selected",
                        "selected are " + String.join(", ", selected.names()));
            }
            return index;
        }

        private DefinitionException problem(String field, String what, String hint) {
            return new DefinitionException("GroupBy " + Objects.requireNonNull(definition.name()), field, what, hint);
        }
    }
}
