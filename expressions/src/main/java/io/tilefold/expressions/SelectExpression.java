package io.tilefold.expressions;

import java.util.Objects;

/** An output column's name and the Spark SQL expression that gives its value. */
public record SelectExpression(String name, String sql) {
    public SelectExpression {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(sql, "sql");
    }
}
