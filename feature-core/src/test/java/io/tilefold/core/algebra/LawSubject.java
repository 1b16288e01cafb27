package io.tilefold.core.algebra;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.DefinitionException;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.testsupport.ModelAggregation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What the laws are about: one aggregation over one column, compiled as a definition is.
 *
 * @param form how the column's values become inputs, and results a value
 * @param mutable events may be taken back
 */
record LawSubject(
        Operation operation, OperationArgs args, ValueType column, Form form, boolean mutable, GroupByPlan plan) {
    static final String INPUT = "input";
    static final String BUCKET = "bucket";

    private static final String KEY = "key";
    private static final List<Double> PERCENTILES = List.of(0.5, 0.0, 1.0, 0.25);

    /** Arguments to try: an operation is tried with the first that it takes. */
    private static final List<OperationArgs> ARGS =
            List.of(OperationArgs.k(3), OperationArgs.k(8), OperationArgs.NONE, percentiles());

    enum Form {
        PLAIN,
        BUCKET,
        ELEMENT_WISE
    }

    /** Every operation × column × form × mutability that a definition can have. */
    static Stream<LawSubject> all() {
        List<LawSubject> subjects = new ArrayList<>();
        for (Operation operation : Operations.all()) {
            for (ValueType column : columns()) {
                for (Form form : Form.values()) {
                    for (boolean mutable : new boolean[] {false, true}) {
                        of(operation, column, form, mutable).ifPresent(subjects::add);
                    }
                }
            }
        }
        return subjects.stream();
    }

    /** Empty if the definition is refused. */
    static Optional<LawSubject> of(Operation operation, ValueType column, Form form, boolean mutable) {
        OperationArgs args = ARGS.stream()
                .filter(candidate -> operation.problemWith(candidate).isEmpty())
                .findFirst()
                .orElseThrow(() -> new AssertionError(operation.name() + " takes none of " + ARGS));
        Aggregation.Builder aggregation =
                Aggregation.of(operation.name(), INPUT).args(args);
        switch (form) {
            case PLAIN -> {}
            case BUCKET -> aggregation.buckets(BUCKET);
            case ELEMENT_WISE -> aggregation.elementWise();
        }
        GroupBy definition = GroupBy.builder("laws")
                .source(source(mutable))
                .keys(KEY)
                .accuracy(Accuracy.TEMPORAL)
                .aggregate(aggregation)
                .build();
        try {
            GroupByPlan plan = GroupByPlan.compile(definition, row(column));
            return Optional.of(new LawSubject(operation, args, column, form, mutable, plan));
        } catch (DefinitionException refused) {
            return Optional.empty();
        }
    }

    private static Source source(boolean mutable) {
        Query query = Query.builder().timeColumn("ts").build();
        return mutable
                ? new Source.Entities("rows", Optional.of("mutations"), Optional.of("mutations"), query)
                : Source.events("rows", "rows", query);
    }

    private static Schema row(ValueType column) {
        return Schema.of(new Field(KEY, Scalar.LONG), new Field(INPUT, column), new Field(BUCKET, Scalar.STRING));
    }

    /** Columns of every type, lists and maps of every scalar, and some that are deeper. */
    static List<ValueType> columns() {
        List<ValueType> columns = new ArrayList<>(Arrays.asList(Scalar.values()));
        for (Scalar scalar : Scalar.values()) {
            columns.add(new ListType(scalar));
            columns.add(new MapType(scalar));
        }
        StructType struct = new StructType(List.of(new Field("b", Scalar.DOUBLE), new Field("a", Scalar.STRING)));
        columns.add(struct);
        columns.add(new ListType(struct));
        columns.add(new ListType(new ListType(Scalar.INT)));
        columns.add(new MapType(new ListType(Scalar.STRING)));
        return columns;
    }

    private static OperationArgs percentiles() {
        return new OperationArgs(OptionalInt.empty(), PERCENTILES, OptionalInt.empty());
    }

    TileLayout layout() {
        return plan.tiles();
    }

    ValueType outputType() {
        return plan.outputs().get(0).type();
    }

    Schema row() {
        return plan.row();
    }

    /** Equal inputs give equal bytes. */
    boolean isExact() {
        return operation.isExact(leaf(column));
    }

    /** The result is a map or list with a value of the operation at each key or index. */
    boolean isKeyed() {
        return form != Form.PLAIN || (column instanceof MapType && !isWhole());
    }

    /** Takes lists and maps as they are. */
    boolean isWhole() {
        return operation.name().startsWith("first") || operation.name().startsWith("last");
    }

    private static ValueType leaf(ValueType type) {
        if (type instanceof ListType list) {
            return leaf(list.element());
        }
        return type instanceof MapType map ? leaf(map.value()) : type;
    }

    boolean isNumeric() {
        return leaf(column).isNumeric();
    }

    /** Its inputs are of this type. */
    boolean isOf(Scalar type) {
        return leaf(column) == type;
    }

    ModelAggregation asked() {
        return asked(operation.name()).withK(args.k().orElse(0)).withPercentiles(args.percentiles());
    }

    /** Another operation asked of the same inputs in the same form. */
    ModelAggregation asked(String otherOperation) {
        ModelAggregation asked = ModelAggregation.of(otherOperation, INPUT).by(form == Form.BUCKET ? BUCKET : null);
        if (column instanceof ListType list && !(list.element() instanceof Scalar)) {
            asked = asked.overNested();
        }
        return form == Form.ELEMENT_WISE ? asked.byElement() : asked;
    }

    @Override
    public String toString() {
        return operation.name() + "(" + column + ")"
                + (form == Form.PLAIN ? "" : " " + form)
                + (mutable ? " mutable" : "");
    }
}
