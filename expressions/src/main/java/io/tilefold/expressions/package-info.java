/**
 * Spark SQL row expressions compiled by Catalyst without a SparkSession: the one engine that says what an expression means online, and
 * what its type is.
 */
@NullMarked
package io.tilefold.expressions;

import org.jspecify.annotations.NullMarked;
