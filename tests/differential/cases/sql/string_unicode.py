"""Text outside ASCII."""
from pyspark.sql import SparkSession
from expressions import evaluate

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
length('日本語')
length('😀a')
substring('日本語テキスト', 2, 3)
substring('😀ab', 2)
reverse('añb😀')
upper('ßéñ')
lower('İSTANBUL')
initcap('élan vital')
lpad('日', 3, '本')
instr('日本語', '語')
translate('añb', 'ñ', 'n')
'é' = 'e'
'é' < 'z'
ascii('é')
char(233)
hex('é')
encode('é', 'ISO-8859-1')
decode(X'E9', 'ISO-8859-1')
regexp_replace('añb', '[^a-z]', '?')
split('a·b·c', '·')
levenshtein('é', 'e')
octet_length('日本')
left('日本語', 2)
rpad('é', 3, '-')
soundex('é')
'日本' LIKE '_本'
""")
