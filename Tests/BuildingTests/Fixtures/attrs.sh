declare _ok=1
declare big=-350287150
declare builder='/nix/store/fkh7snk6kszspq5gam21vflnlbmcahkr-static-userland/bin/bash'
declare control=''
declare empty=''
declare -a emptyList=()
declare -A emptySet=()
declare f=
declare f0=1
declare f10=16777200
declare f12=100000
declare f14=-2147483648
declare f15=0
declare f2=-2147483648
declare f3=-2147483648
declare f5=123457
declare f7=-2147483648
declare f8=-2147483648
declare -a fw=(1 2 )
declare int0=0
declare int1=-1
declare int2=-2147483648
declare int3=-1
declare -a ints=(0 -1 2147483647 -2147483648 2147483647 0 -1 1 )
declare -a mixed=(1 'a' 1 ''  )
declare n=''
declare name='attrs-1.0'
declare -A outputs=(['dev']='/nix/store/3vv4jh0j7icwcaaf9y0jm0hgcihj41n3-attrs-1.0-dev' ['lib']='/nix/store/k85rp03xf4rdm3ngz9qgjj6rfd69wciq-attrs-1.0-lib' ['out']='/nix/store/314kvwp1dbdxcqp9wddsrndhgx965das-attrs-1.0' )
declare place='/nix/store/314kvwp1dbdxcqp9wddsrndhgx965das-attrs-1.0'
declare -a places=('/nix/store/3vv4jh0j7icwcaaf9y0jm0hgcihj41n3-attrs-1.0-dev' )
declare -A set=(['a']=1 ['b'\''c']='x y' ['d']='' ['e']=1 ['g']= )
declare system='x86_64-linux'
declare t=1
declare text='a'\''b"c\d
	$x`y`'
declare unicode='é ü 日本 u{1F600}'
