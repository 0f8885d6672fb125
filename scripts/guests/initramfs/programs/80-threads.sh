# POSIX threads: compression by four threads at once.

same pigz e071f707df7bbeee2a6a1eb48011ddd0 "$(pigz -p 4 -b 32 <numbers | gunzip | digest md5sum)"
seq 1 200000 >large
same pigz-large "$(digest md5sum large)" "$(pigz -p 4 -b 64 <large | pigz -d | digest md5sum)"
rm large
