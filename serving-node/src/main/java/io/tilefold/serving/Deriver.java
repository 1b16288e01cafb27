package io.tilefold.serving;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Computes a target's derived columns after its parts have been read. Columns are prepared when they are asked for first. Scratch, reused from request to
 * request; confined to one thread.
 */
final class Deriver {
    private final TargetPlan target;
    private final PartReader[] parts;
    private final ExternalReader[] externals;
    private final Columns contextual;
    private final Columns derived;
    private final @Nullable DerivedReader[] readers;

    Deriver(TargetPlan target, PartReader[] parts, ExternalReader[] externals, Columns contextual) {
        this.target = target;
        this.parts = parts;
        this.externals = externals;
        this.contextual = contextual;
        this.derived =
                new Columns(target.derived().stream().map(DerivedColumn::field).toList());
        this.readers = new DerivedReader[derived.count()];
    }

    /** Computes the columns, in this order. */
    void read(int[] chosen, RequestKeys keys, PartRequest request) {
        derived.begin(request.rows(), chosen);
        for (int column : chosen) {
            reader(column).read(keys, request);
        }
    }

    private DerivedReader reader(int index) {
        DerivedReader reader = readers[index];
        if (reader == null) {
            DerivedColumn column = target.derived().get(index);
            List<RowInput> inputs = new ArrayList<>();
            column.inputs().forEach(input -> inputs.add(input(input)));
            List<RowStatuses> read = column.reads().stream().map(this::statuses).toList();
            reader = new DerivedReader(column, derived, index, read, inputs);
            readers[index] = reader;
        }
        return reader;
    }

    private RowStatuses statuses(int part) {
        return part < parts.length ? parts[part].statuses() : externals[part - parts.length].statuses();
    }

    private RowInput input(DerivedColumn.Input input) {
        if (input instanceof DerivedColumn.OfCell cell) {
            return RowInput.of(columns(cell.cell()), cell.cell().index());
        }
        if (input instanceof DerivedColumn.OfKey key) {
            return new RowInput.OfKey(key.key());
        }
        return input == DerivedColumn.OfRow.TS ? new RowInput.OfTs() : new RowInput.OfDs();
    }

    /** The columns that collect a cell's values: its index is theirs. */
    Columns columns(Cell cell) {
        return switch (cell.kind()) {
            case PART -> parts[cell.part()].columns();
            case EXTERNAL -> externals[cell.part()].columns();
            case CONTEXTUAL -> contextual;
            case DERIVED -> derived;
        };
    }

    /** Appends why rows of a column of the answer have no value, if it is a derived one. */
    void writeFailures(WireBuffer out, Cell cell, int answerColumn) {
        if (cell.kind() == Cell.Kind.DERIVED) {
            reader(cell.index()).failures().writeTo(out, answerColumn);
        }
    }

    /** Forgets what was computed. */
    void drop() {
        derived.clear();
    }
}
