package io.tilefold.core.algebra;

import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;

/** How an operation takes the values of its input column: SEMANTICS.md §5, lists, maps and element-wise. */
public enum InputForm {
    /** The value is the input. */
    PLAIN {
        @Override
        public ValueType inputType(ValueType column) {
            return column;
        }

        @Override
        public ValueType outputType(ValueType result) {
            return result;
        }

        @Override
        public Accumulator accumulator(Accumulator inner, OperationArgs args) {
            return inner;
        }
    },
    /** The list or map is the input; an empty one is none. */
    WHOLE {
        @Override
        public ValueType inputType(ValueType column) {
            return column;
        }

        @Override
        public ValueType outputType(ValueType result) {
            return result;
        }

        @Override
        public Accumulator accumulator(Accumulator inner, OperationArgs args) {
            return new Whole(inner);
        }
    },
    /** Each non-null element of a list is an input. */
    ELEMENTS {
        @Override
        public ValueType inputType(ValueType column) {
            return ((ListType) column).element();
        }

        @Override
        public ValueType outputType(ValueType result) {
            return result;
        }

        @Override
        public Accumulator accumulator(Accumulator inner, OperationArgs args) {
            return new Exploded(inner);
        }
    },
    /** Each non-null value of a map is an input of its key's own state; the result is a map. */
    ENTRIES {
        @Override
        public ValueType inputType(ValueType column) {
            return ((MapType) column).value();
        }

        @Override
        public ValueType outputType(ValueType result) {
            return new MapType(result);
        }

        @Override
        public Accumulator accumulator(Accumulator inner, OperationArgs args) {
            return new OverMap(inner, args.blobBound());
        }
    },
    /** Element-wise: each non-null element is an input of its index's own state; the result is a list. */
    INDEXES {
        @Override
        public ValueType inputType(ValueType column) {
            return ((ListType) column).element();
        }

        @Override
        public ValueType outputType(ValueType result) {
            return new ListType(result);
        }

        @Override
        public Accumulator accumulator(Accumulator inner, OperationArgs args) {
            return new ElementWise(inner, args.blobBound());
        }
    };

    /**
     * The form of an operation over a column.
     *
     * @param elementWise as the aggregation says; only where {@link #isElementWise} allows it
     */
    public static InputForm of(Operation operation, ValueType column, boolean elementWise) {
        if (elementWise) {
            return INDEXES;
        }
        if (!(column instanceof ListType) && !(column instanceof MapType)) {
            return PLAIN;
        }
        if (operation.takesWhole()) {
            return WHOLE;
        }
        if (column instanceof MapType) {
            return ENTRIES;
        }
        return isListOfScalars(column) ? ELEMENTS : WHOLE;
    }

    /** True if an operation may be applied to the elements of a column index by index. */
    public static boolean isElementWise(Operation operation, ValueType column) {
        return isListOfScalars(column) && !operation.takesWhole();
    }

    private static boolean isListOfScalars(ValueType column) {
        return column instanceof ListType list && list.element() instanceof ValueType.Scalar;
    }

    /** Type of what the operation takes. */
    public abstract ValueType inputType(ValueType column);

    /** Type of the value, where the operation's own result is of type {@code result}. */
    public abstract ValueType outputType(ValueType result);

    /** The accumulator over the column, of the operation's own over one input. */
    public abstract Accumulator accumulator(Accumulator inner, OperationArgs args);
}
