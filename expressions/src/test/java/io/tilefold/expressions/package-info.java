/** Tests of row expressions against what Spark SQL documents. */
@NullMarked
package io.tilefold.expressions;

import org.jspecify.annotations.NullMarked;
