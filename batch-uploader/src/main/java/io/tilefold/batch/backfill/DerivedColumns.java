package io.tilefold.batch.backfill;

import io.tilefold.batch.ColumnCheck;
import io.tilefold.batch.JobException;
import io.tilefold.core.definition.Derivation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.TryEval;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.functions;

/** Derivations of a GroupBy or of a join: Spark SQL over base outputs, keys, ts and ds; an expression that throws gives null. */
final class DerivedColumns {
    private final String owner;
    private final List<Derivation> derivations;

    /** @param owner for messages: {@code "GroupBy route"} */
    DerivedColumns(String owner, List<Derivation> derivations) {
        this.owner = owner;
        this.derivations = derivations;
    }

    /**
     * Rows with their derived columns added under names of their own.
     *
     * @param outputs what remains: names to the columns of {@code rows} that have them
     */
    record Result(Dataset<Row> rows, Map<String, String> outputs) {}

    /**
     * Evaluates.
     *
     * @param inputs names that expressions may use besides the outputs', to columns of {@code rows}
     * @param outputs base outputs by name, to columns of {@code rows}
     * @param prefix of the names of new columns in {@code rows}
     */
    Result apply(Dataset<Row> rows, Map<String, String> inputs, Map<String, String> outputs, String prefix) {
        if (derivations.isEmpty()) {
            return new Result(rows, outputs);
        }
        String[] before = rows.columns();
        Map<String, String> readable = new LinkedHashMap<>(inputs);
        readable.putAll(outputs);
        List<Column> scope = new ArrayList<>(columns(before));
        readable.forEach((name, column) -> scope.add(functions.col(column).as(name)));
        Dataset<Row> scoped = rows.select(scope.toArray(Column[]::new));

        List<Column> result = new ArrayList<>(columns(before));
        Map<String, String> remaining = remaining(outputs);
        for (int i = 0; i < derivations.size(); i++) {
            Derivation derivation = derivations.get(i);
            if (derivation.isWildcard()) {
                continue;
            }
            String column = prefix + i;
            result.add(evaluated(derivation, scoped).as(column));
            remaining.put(derivation.name(), column);
        }
        return new Result(scoped.select(result.toArray(Column[]::new)), remaining);
    }

    private static List<Column> columns(String[] names) {
        List<Column> columns = new ArrayList<>();
        for (String name : names) {
            columns.add(ColumnCheck.column(name));
        }
        return columns;
    }

    /** With a wildcard what no derivation renames, else nothing. */
    private Map<String, String> remaining(Map<String, String> outputs) {
        Map<String, String> remaining = new LinkedHashMap<>();
        if (derivations.stream().anyMatch(Derivation::isWildcard)) {
            remaining.putAll(outputs);
            derivations.forEach(
                    derivation -> remaining.remove(derivation.expression().strip()));
        }
        return remaining;
    }

    private Column evaluated(Derivation derivation, Dataset<Row> scoped) {
        try {
            Column column = functions.expr(derivation.expression());
            var unused = scoped.select(column);
            return ExpressionUtils.column(new TryEval(ExpressionUtils.expression(column)));
        } catch (Exception e) {
            throw new JobException(
                    owner + ", derivation " + derivation.name() + " \"" + derivation.expression() + "\": "
                            + JobException.firstLine(String.valueOf(e.getMessage())),
                    e);
        }
    }
}
