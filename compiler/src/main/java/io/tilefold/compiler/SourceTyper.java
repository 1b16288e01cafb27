package io.tilefold.compiler;

import io.tilefold.compiler.WarehouseSchemas.TableSchema;
import io.tilefold.compiler.yaml.NearestName;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.expressions.ExpressionException;
import io.tilefold.expressions.ExpressionTyper;
import io.tilefold.expressions.SqlFunctions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Types one source's query over its table's columns: selects, wheres, time column, and the columns a definition needs. */
final class SourceTyper {
    private final String path;
    private final Query query;
    private final String table;
    private final TableSchema columns;
    private final ExpressionTyper typer;
    private final Findings findings;
    private final Set<String> readColumns = new LinkedHashSet<>();
    private final Map<String, ValueType> types = new LinkedHashMap<>();

    /**
     * @param path where the source stands: {@code "sources[0].events"}
     * @param functions that the query's setups declare
     */
    SourceTyper(String path, Source source, TableSchema columns, SqlFunctions functions, Findings findings) {
        this.path = path + ".query";
        this.query = source.query();
        this.table = Sources.table(source);
        this.columns = columns;
        this.typer = new ExpressionTyper(columns.columns(), functions);
        this.findings = findings;
    }

    /** Checks everything the query says, whether a definition needs it or not. */
    void checkQuery() {
        Map<String, String> aliases = new LinkedHashMap<>();
        query.selects().forEach((alias, expression) -> {
            String field = path + ".selects." + alias;
            String same = aliases.putIfAbsent(alias.toLowerCase(Locale.ROOT), alias);
            if (same != null) {
                findings.refuse(
                        field, alias, "equals " + same + " but for case", "names are case-insensitive: rename one");
            }
            typeOf(field, expression).ifPresent(type -> types.put(alias, type));
        });
        for (int i = 0; i < query.wheres().size(); i++) {
            String where = query.wheres().get(i);
            String field = path + ".wheres[" + i + "]";
            typed(field, where, () -> {
                typer.checkCondition(where);
                return where;
            });
        }
        query.timeColumn().ifPresent(this::checkTime);
    }

    private void checkTime(String expression) {
        String field = path + ".timeColumn";
        typeOf(field, expression)
                .filter(type -> !type.isInteger())
                .ifPresent(type -> findings.refuse(
                        field,
                        expression,
                        "is of type " + type + ", not epoch milliseconds",
                        "write an expression of type long, for example unix_millis(" + expression
                                + ") of a timestamp"));
    }

    /**
     * Type of a column a definition needs: as selected, or the table's column of that name.
     *
     * @param field where the definition names it
     */
    Optional<Field> need(String field, String column) {
        if (query.selects().containsKey(column)) {
            return Optional.ofNullable(types.get(column)).map(type -> new Field(column, type));
        }
        Optional<String> otherCase = query.selects().keySet().stream()
                .filter(column::equalsIgnoreCase)
                .findFirst();
        if (otherCase.isPresent()) {
            findings.refuse(field, column, "is selected as " + otherCase.get(), "write it as it is selected");
            return Optional.empty();
        }
        if (isColumn(column) || isOtherColumn(column)) {
            return typeOf(field, "`" + column + "`").map(type -> new Field(column, type));
        }
        Set<String> known = new TreeSet<>(query.selects().keySet());
        known.addAll(columns.columns().names());
        findings.refuse(
                field,
                column,
                "is neither selected nor a column of table " + table,
                NearestName.hint(column, known, "there are"));
        return Optional.empty();
    }

    /** True if {@link #need} would find the column. */
    boolean has(String column) {
        return query.selects().containsKey(column) || isColumn(column);
    }

    /** The columns the query reads, in order of use: what a decoder of its events has to decode. */
    Schema readColumns() {
        List<Field> read = new ArrayList<>();
        for (String name : readColumns) {
            columns.columns().fields().stream()
                    .filter(field -> field.name().equalsIgnoreCase(name))
                    .filter(field -> !read.contains(field))
                    .forEach(read::add);
        }
        return new Schema(read);
    }

    private Optional<ValueType> typeOf(String field, String expression) {
        return typed(field, expression, () -> typer.typeOf(expression));
    }

    private <T> Optional<T> typed(String field, String expression, Supplier<T> typing) {
        if (NullComparison.isIn(expression)) {
            findings.warn(field, expression, "compares with null, which is never true", "write IS NULL or IS NOT NULL");
        }
        try {
            Set<String> names = ExpressionTyper.referencedColumns(expression);
            Optional<String> other = names.stream().filter(this::isOtherColumn).findFirst();
            if (other.isPresent()) {
                refuseOtherColumn(field, expression, other.get());
                return Optional.empty();
            }
            T answer = typing.get();
            readColumns.addAll(names);
            return Optional.of(answer);
        } catch (ExpressionException e) {
            findings.refuse(field, expression, e.problem(), hint(e.code()));
            return Optional.empty();
        }
    }

    private void refuseOtherColumn(String field, String expression, String column) {
        String type = columns.otherColumns().entrySet().stream()
                .filter(other -> other.getKey().equalsIgnoreCase(column))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("unknown");
        findings.refuse(
                field,
                expression,
                "column " + column + " of table " + table + " is of type " + type + ", which is not one of Tilefold's",
                "select " + OtherTypes.castOf(column, type) + " in a staging query or a view, and read that");
    }

    private String hint(ExpressionException.Code code) {
        return switch (code) {
            case UNKNOWN_COLUMN -> "expressions read the columns of table " + table;
            case SYNTAX -> "write one Spark SQL expression";
            case UNKNOWN_FUNCTION -> "see the built-in functions of Spark SQL, or declare one in setups";
            case INVALID, TYPE -> "change the expression, or cast its parts";
            case NOT_ONE_ROW, NOT_DETERMINISTIC -> "an expression reads the columns of one row and nothing else";
        };
    }

    private boolean isColumn(String name) {
        return columns.columns().names().stream().anyMatch(name::equalsIgnoreCase);
    }

    private boolean isOtherColumn(String name) {
        return columns.otherColumns().keySet().stream().anyMatch(name::equalsIgnoreCase);
    }
}
